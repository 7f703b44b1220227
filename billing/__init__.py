"""What tenants pay: plans, subscriptions, and the trail of every event that touches money, plans, vaults and devices."""
