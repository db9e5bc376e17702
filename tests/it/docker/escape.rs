//! The escape attempts in a container.
