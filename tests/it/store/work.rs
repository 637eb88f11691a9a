//! What the engine writes: intents and passes, fenced.

use super::*;

fn object(name: &str, namespace: Option<&str>) -> NewIntent {
    let object = ObjectRef {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        namespace: namespace.map(Into::into),
        name: name.into(),
    };
    NewIntent {
        resource: name.into(),
        object,
        layer: 1,
        on_delete: OnDelete::Delete,
    }
}

#[tokio::test]
async fn an_intent_written_twice_is_one_row_that_keeps_its_uid() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let fence = f.fence().await;
    let intents = [object("a", Some("ns")), object("a", None)];
    let mut rows = f.store.inventory_intend(&fence, id, &intents).await.unwrap();
    assert_eq!(rows.len(), 2);
    rows[0].uid = Some("u".into());
    let mut record = PassRecord::new(id, 1);
    record.objects.push(ObjectUpdate::of(&rows[0]));
    record.events.push(NewEvent::new(EventKind::ResourceApplied, "made"));
    f.store.pass_record(&fence, record).await.unwrap();
    let again = f
        .store
        .inventory_intend(
            &fence,
            id,
            &[
                NewIntent {
                    layer: 4,
                    ..intents[0].clone()
                },
                intents[1].clone(),
            ],
        )
        .await
        .unwrap();
    assert_eq!(again.len(), 2);
    let work = f.store.work_load(id).await.unwrap().unwrap();
    assert!(work.inventory.iter().any(|row| row.uid.as_deref() == Some("u")));
    let events = f
        .store
        .event_list(&f.read(), id, None, Page { limit: 9, after: None })
        .await
        .unwrap()
        .items;
    assert_eq!(events.len(), 2);
    assert!(events[0].sequence < events[1].sequence && events.iter().all(|event| event.operation.is_some()));
}

#[tokio::test]
async fn a_write_of_an_earlier_epoch_is_refused() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let (old, new) = (f.fence().await, f.fence().await);
    assert!(new.epoch > old.epoch);
    assert!(f.store.inventory_intend(&old, id, &[object("a", None)]).await.is_err());
    let mut record = PassRecord::new(id, 1);
    record.events.push(NewEvent::new(EventKind::EnvironmentReady, "ready"));
    assert!(f.store.pass_record(&old, record.clone()).await.is_err());
    assert!(!f.store.lease_renew(&old, Duration::from_secs(1)).await.unwrap());
    f.store.pass_record(&new, record).await.unwrap();
}
