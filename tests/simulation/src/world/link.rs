//! One connection: two queues of messages in flight, in order, of which a cut loses what has not arrived.

use std::collections::VecDeque;

use samsynk_server::hub::port::SessionId;

use crate::dice::Dice;

/// Who is at a client's end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A device with our engine.
    Device(usize),
    /// A client of automerge-repo's own protocol.
    Peer(usize),
}

/// What the server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Down {
    Message(Vec<u8>),
    /// With this code.
    Close(u16),
}

/// One connection, until both ends have let go of it.
#[derive(Debug)]
pub(super) struct Link {
    pub session: SessionId,
    pub holder: Holder,
    /// From the client to the server.
    pub up: VecDeque<Vec<u8>>,
    /// From the server to the client.
    pub down: VecDeque<Down>,
    /// Whether the network lost it: what is in flight may arrive, nothing that is sent from now on.
    pub cut: bool,
    /// Whether a device never hears that it is cut, as when a phone has left a cell. Unmodified clients ping.
    pub silent: bool,
    /// Whether the client holds on to it.
    pub held: bool,
    /// Whether the server's session still reads and writes it.
    pub served: bool,
}

impl Link {
    pub(super) fn new(session: SessionId, holder: Holder) -> Self {
        Self {
            session,
            holder,
            up: VecDeque::new(),
            down: VecDeque::new(),
            cut: false,
            silent: false,
            held: true,
            served: true,
        }
    }

    /// The network fails: of what is in flight only the beginning arrives, in either direction.
    pub(super) fn cut(&mut self, dice: &mut Dice) {
        self.up.truncate(dice.below(self.up.len() + 1));
        self.down.truncate(dice.below(self.down.len() + 1));
        self.silent = matches!(self.holder, Holder::Device(_)) && dice.percent(30);
        self.cut = true;
    }

    /// The client sends. What goes into a connection that is cut is lost without a word.
    pub(super) fn send_up(&mut self, message: Vec<u8>) {
        if !self.cut && self.served {
            self.up.push_back(message);
        }
    }

    pub(super) fn send_down(&mut self, message: Down) {
        if !self.cut && self.held {
            self.down.push_back(message);
        }
    }

    /// Whether something will still arrive at the server.
    pub(super) fn brings_up(&self) -> bool {
        self.served && !self.up.is_empty()
    }

    /// Whether something will still arrive at the client.
    pub(super) fn brings_down(&self) -> bool {
        self.held && !self.down.is_empty()
    }

    /// Whether the client can find out that it is over.
    pub(super) fn ends_for_client(&self) -> bool {
        let over = if self.cut { !self.silent } else { !self.served };
        self.held && self.down.is_empty() && over
    }

    /// Whether the server can find out that it is over; it pings, so it always does in the end.
    pub(super) fn ends_for_server(&self) -> bool {
        self.served && self.up.is_empty() && (self.cut || !self.held)
    }

    pub(super) fn is_over(&self) -> bool {
        !self.held && !self.served
    }
}
