//! What waits to be delivered.

use std::sync::Arc;

use citizenry_identity::Channel;
use citizenry_storage::StorageError;
use citizenry_testkit::{TestDatabase, block_on, on_both_databases};
use tokio::sync::{Notify, Semaphore};

use crate::support::{World, at, message};

on_both_databases! {
    async fn what_is_due_is_taken_once(database: TestDatabase) {
        let world = World::new(&database).await;
        let (tenant, other) = (world.tenant, world.other_tenant);
        world
            .storage
            .transact(async move |tx| {
                assert_eq!(tx.outbox().next_due().await?, None);
                assert_eq!(tx.outbox().take_due(at(99), at(200), 9).await?, []);
                let mut sms = message(other, 10);
                sms.channel = Channel::Sms;
                sms.content = b"{}".to_vec();
                sms.failures = 3;
                let [late, soon, mail] = [40, 30, 20].map(|second| message(tenant, second));
                for made in [&late, &soon, &mail, &sms] {
                    tx.outbox().append(made).await?;
                }
                assert_eq!(tx.outbox().waiting().await?, 4);
                assert_eq!(tx.outbox().next_due().await?, Some(at(10)));

                let taken = |mut message: citizenry_identity::Message| {
                    message.due_at = at(200);
                    message
                };
                let expected = [taken(sms), taken(mail.clone())];
                let due = tx.outbox().take_due(at(30), at(200), 2).await?;
                assert_eq!(due, expected, "the longest due first, no more than asked for");
                assert_eq!(tx.outbox().next_due().await?, Some(at(30)));
                let due = tx.outbox().take_due(at(30), at(200), 9).await?;
                assert_eq!(due, [taken(soon)], "due at that very moment, too");
                assert_eq!(tx.outbox().take_due(at(30), at(200), 9).await?, []);
                assert_eq!(tx.outbox().waiting().await?, 4, "until they are delivered");
                assert_eq!(tx.outbox().take_due(at(200), at(300), 9).await?.len(), 4);

                let mut failed = taken(mail);
                failed.failed(at(50));
                assert!(tx.outbox().save(&failed).await?);
                let again = tx.outbox().take_due(failed.due_at, at(400), 9).await?;
                failed.due_at = at(400);
                assert_eq!(again, [failed.clone()]);
                assert!(tx.outbox().delete(failed.id).await?);
                assert!(!tx.outbox().delete(failed.id).await?);
                assert!(!tx.outbox().save(&failed).await?);
                assert_eq!(tx.outbox().waiting().await?, 3);
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
    }
}

/// SQLite has one writer: there is nobody to meet.
#[test]
fn two_servers_take_different_messages_and_do_not_wait() {
    block_on(async {
        let database = TestDatabase::postgres().await;
        let world = World::new(&database).await;
        let tenant = world.tenant;
        let storage = world.storage.clone();
        let messages = [1, 2, 3].map(|second| message(tenant, second));
        let ids = messages.clone().map(|message| message.id);
        storage
            .transact(async move |tx| {
                for message in &messages {
                    tx.outbox().append(message).await?;
                }
                Ok::<_, StorageError>(())
            })
            .await
            .unwrap();
        let (taken, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (taking, waiting) = (Arc::clone(&taken), Arc::clone(&gate));
        let first = tokio::spawn(storage.transact(async move |tx| {
            let due = tx.outbox().take_due(at(9), at(60), 2).await?;
            taking.notify_one();
            waiting.acquire().await.unwrap().forget();
            Ok::<_, StorageError>(due)
        }));
        taken.notified().await;
        // The first has not committed: what it has taken still looks due.
        let second = storage
            .transact(async move |tx| tx.outbox().take_due(at(9), at(60), 9).await)
            .await
            .unwrap();
        gate.add_permits(1);
        let first = first.await.unwrap().unwrap();
        let both: Vec<_> = first.iter().chain(&second).map(|message| message.id).collect();
        assert_eq!((first.len(), both.as_slice()), (2, ids.as_slice()));
    });
}
