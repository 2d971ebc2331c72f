"""The desk's HTTP interface, for programs: JSON in and out, with a Bearer token."""
