//! What the exchanges of one client's connection share.

use super::super::end::Fate;
use super::super::site::ProxyState;
use super::super::tools::Tools;
use super::outlet::Outlet;
use crate::chaos::io::tasks::Tasks;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// The state that the exchanges of one client's connection share.
pub(super) struct Session {
    pub(super) site: Arc<ProxyState>,
    pub(super) outlet: Arc<Outlet>,
    pub(super) tools: Rc<Tools>,
    pub(super) fate: Fate,
    pub(super) tasks: Tasks,
}

impl Session {
    /// Returns the name of the target if a client asks for the proxy by its own address; any other name is
    /// passed on as it is.
    pub(super) fn real_host(&self, asked: &str) -> Option<String> {
        let target = self.outlet.authority.as_ref()?;
        let (host, port) = asked.rsplit_once(':')?;
        let here = host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let same = port.parse() == Ok(self.site.listener.address.port());
        (here && same).then(|| target.to_string())
    }
}
