//! The audit trail.

use actix_web::web::Path;
use citizenry_directory::EventView;
use citizenry_http_kit::StrictQuery;
use citizenry_identity::Page;

use crate::wire::{
    answer::Answer,
    auth::Call,
    ids,
    logs::{CursorResult, LogEvent, LogForm, LogList},
    projection::OneQuery,
};

pub(crate) async fn list(call: Call, StrictQuery(query): StrictQuery<LogList>) -> Answer {
    let form = query.form(call.prefix)?;
    let page = call.directory.events(&call.caller, query.kinds(), form.listing()).await?;
    answer(&call, &form, page)
}

pub(crate) async fn list_of_user(
    call: Call,
    user: Path<String>,
    StrictQuery(query): StrictQuery<LogList>,
) -> Answer {
    let (user, form) = (ids::user(&user), query.form(call.prefix)?);
    let (kinds, listing) = (query.kinds(), form.listing());
    let page = call.directory.user_events(&call.caller, &user, kinds, listing).await?;
    answer(&call, &form, page)
}

pub(crate) async fn get(
    call: Call,
    id: Path<String>,
    StrictQuery(query): StrictQuery<OneQuery>,
) -> Answer {
    let view = call.directory.event(&call.caller, ids::event(&id)?).await?;
    call.projected(LogEvent::new(&call, view), &query.projection())
}

fn answer(call: &Call, form: &LogForm, page: Page<EventView>) -> Answer {
    match form {
        LogForm::Cursors(cursors) => call.shown(CursorResult::new(call, cursors, page)),
        LogForm::Checkpoint(_, projection) => {
            let events = page.items.into_iter().map(|view| LogEvent::new(call, view));
            let events: Vec<_> = events.collect();
            let shown: Vec<_> = events.iter().map(|event| projection.of(event)).collect();
            call.shown(shown)
        }
        LogForm::Pages(paging) => {
            call.listed(paging, "logs", page.map(|view| LogEvent::new(call, view)))
        }
    }
}
