//! Pages that say something and ask for nothing.

use askama::Template;

use super::{
    layout::{Frame, Layout},
    page::Page,
};

/// The mark above a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Done,
    Mail,
    Stopped,
}

impl Mark {
    /// The class of the mark in the style sheet.
    fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Mail => "mail",
            Self::Stopped => "stopped",
        }
    }
}

#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) mark: Mark,
    /// The main way on: its words and its address.
    pub(super) button: Option<(String, String)>,
    /// A lesser way on.
    pub(super) link: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageTemplate<'a> {
    p: Layout<'a>,
    view: Message<'a>,
}

impl<'a> Message<'a> {
    pub(super) fn render(self, frame: &Frame<'a>) -> Page {
        let template = MessageTemplate { p: Layout::new(frame, self.title), view: self };
        template.p.page(&template)
    }
}
