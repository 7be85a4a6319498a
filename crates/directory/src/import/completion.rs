//! The mail that tells that an import has come to its end.

use citizenry_identity::{Actor, Error, Job, Moment};
use citizenry_storage::{ImportFigures, MailKind, MailOrder, Sealer, Tx, locale_of, order_mail};

/// Orders the mail, if it was asked for: to the person who handed the import in; where that was a
/// program, to the address of the tenant's support. Nothing when neither has one.
pub(super) async fn order_completion(
    tx: &mut dyn Tx,
    sealer: &dyn Sealer,
    job: &Job,
    moment: &Moment,
) -> Result<(), Error> {
    if !job.options.send_completion_email {
        return Ok(());
    }
    let progress = &job.progress;
    let kind = MailKind::ImportCompleted(ImportFigures {
        inserted: progress.inserted,
        updated: progress.updated + progress.unchanged,
        failed: progress.failed,
    });
    let order = |to: String, name, locale| MailOrder {
        kind,
        to,
        name,
        locale,
        link: None,
        valid_seconds: None,
        secret: None,
    };
    let person = match job.actor {
        Actor::User(id) => tx.users().find(job.tenant, id).await?,
        Actor::Client(_) | Actor::Operator | Actor::System => None,
    };
    let to_person = person.as_ref().and_then(|user| {
        let email = user.email.as_ref()?.as_str().to_owned();
        Some(order(email, Some(user.display_name()), locale_of(user)))
    });
    let order = if to_person.is_some() {
        to_person
    } else {
        let tenant = tx.tenants().find(job.tenant).await?;
        tenant.and_then(|tenant| tenant.settings.support_email).map(|to| order(to, None, None))
    };
    match order {
        Some(order) => order_mail(tx, sealer, job.tenant, &order, moment).await,
        None => Ok(()),
    }
}
