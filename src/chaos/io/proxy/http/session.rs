//! What the exchanges of one client's connection share.

use super::super::end::Fate;
use super::super::site::ProxyState;
use super::super::tools::Tools;
use super::lanes::{Lane, Lanes};
use super::outlet::{Failed, Outlet};
use crate::chaos::io::http_sender::HttpSender;
use crate::chaos::io::tasks::Tasks;
use crate::chaos::observation::Failure;
use hyper::Version;
use std::rc::Rc;
use std::sync::Arc;

/// The state that the exchanges of one client's connection share.
pub(super) struct Session {
    pub(super) site: Arc<ProxyState>,
    pub(super) outlet: Arc<Outlet>,
    pub(super) tools: Rc<Tools>,
    pub(super) fate: Fate,
    pub(super) tasks: Tasks,
    pub(super) lanes: Lanes,
}

impl Session {
    /// Opens a connection to the upstream.
    pub(super) async fn connect(&self, client: Version) -> Result<Lane, Failed> {
        let stream = self.outlet.connect(&self.site.upstream).await?;
        let started = HttpSender::start(stream, self.outlet.version(client), &self.tasks).await;
        started.map_err(|error| Failed::new(Failure::Broken, &error))
    }
}
