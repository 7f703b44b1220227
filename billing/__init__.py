"""What tenants pay: plans, subscriptions, and the trail of what touches money, plans, vaults and devices."""
