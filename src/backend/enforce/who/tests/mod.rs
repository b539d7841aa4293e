//! Gateways with a real issuer over HTTP.

mod anything;
mod development;
mod keys;
mod requests;
mod rig;
mod rules;
mod signed;
mod tokens;
