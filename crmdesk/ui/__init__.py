"""How crmdesk looks: the only side that knows Qt."""

from crmdesk.ui import singletons

# Before the first call of Qt, whoever makes it.
singletons.keep()
