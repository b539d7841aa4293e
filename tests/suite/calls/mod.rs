//! Calls of tools at gateways of the local backend, many at a time, while something goes wrong or changes.

mod connection;
mod flips;
mod overload;
mod stage;
