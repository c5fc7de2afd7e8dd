//! Subscriptions to screens: a handle whose drop cancels.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::domain::view::{View, ViewData};

/// A subscription to a screen; dropping it cancels.
#[must_use = "dropping it cancels the subscription"]
#[derive(Debug)]
pub struct Watch(#[expect(dead_code, reason = "held so that its drop cancels")] Arc<Watched>);

type Listener = Box<dyn Fn(&ViewData) + Send + Sync>;

pub(super) struct Watched {
    view: View,
    listener: Listener,
    shown: Mutex<ViewData>,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").field("view", &self.view).finish_non_exhaustive()
    }
}

impl Watched {
    pub(super) fn view(&self) -> &View {
        &self.view
    }

    /// Tells the listener, if the screen would look different.
    pub(super) fn show(&self, data: ViewData) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown != data {
            *shown = data;
            (self.listener)(&shown);
        }
    }
}

/// The live subscriptions of a client.
#[derive(Debug, Default)]
pub(super) struct Watches(Vec<Weak<Watched>>);

impl Watches {
    pub(super) fn add(&mut self, view: View, first: ViewData, listener: Listener) -> Watch {
        listener(&first);
        let watched = Arc::new(Watched { view, listener, shown: Mutex::new(first) });
        self.0.push(Arc::downgrade(&watched));
        Watch(watched)
    }

    pub(super) fn live(&mut self) -> Vec<Arc<Watched>> {
        self.0.retain(|watched| watched.strong_count() > 0);
        self.0.iter().filter_map(Weak::upgrade).collect()
    }
}
