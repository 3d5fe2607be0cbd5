"""How crmdesk looks: the only side that knows Qt."""
