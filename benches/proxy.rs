//! The proxy on its own, to be measured from outside (`benches/peers/proxy.sh`):
//! `proxy LISTEN UPSTREAM [tcp|http]`.
//!
//! Without arguments, as `cargo bench` calls it, it does nothing.

use std::time::Duration;
use steadfast::chaos::experiment::{HttpVersion, Proxy, Target, Tls, Upstream};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::ProxyServer;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [listen, upstream, rest @ ..] = arguments.as_slice() else {
        return Ok(());
    };
    let target = Target {
        url: format!("http://{upstream}/").parse()?,
        version: HttpVersion::One,
        tls: Tls::default(),
    };
    let proxy = Proxy {
        name: "bench".to_owned(),
        listen: Some(listen.clone()),
        upstream: Upstream::Target,
        http: rest.first().is_some_and(|kind| kind == "http"),
    };
    let _server = ProxyServer::start(&[proxy], &target, &[], &Allowed::default(), 1)?;
    loop {
        std::thread::sleep(Duration::from_hours(1));
    }
}
