//! The database, on SQLite.
