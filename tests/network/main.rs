//! The load generator and the proxies over real sockets.

mod load;
mod proxies;
