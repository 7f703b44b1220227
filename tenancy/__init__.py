"""Who the tenants are (MSP -> Customer -> Dept), who works for them, and who may do what."""
