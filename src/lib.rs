#![doc = include_str!("../ARCHITECTURE.md")]

pub mod cli;

pub mod api;
pub mod cedar;
pub mod model;

pub mod backend;
pub mod operator;

pub mod telemetry;
