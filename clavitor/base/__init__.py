"""The ground the apps stand on: ids, fields, errors, secrets, the embedded database. It imports no app."""
