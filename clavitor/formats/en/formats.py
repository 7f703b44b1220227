"""Times as 2026-04-05 17:03, in UTC like everything here (RULES 2): they sort, and nobody takes a month for a day."""

DATETIME_FORMAT = "Y-m-d H:i"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
DATE_FORMAT = "Y-m-d"
SHORT_DATE_FORMAT = "Y-m-d"
