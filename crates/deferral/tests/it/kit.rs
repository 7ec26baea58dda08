use std::sync::{Arc, Mutex};
use std::time::Duration;

use deferral::prelude::*;
use deferral::testing::{Kit, crash_everywhere};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order;

impl Job for Order {
    const KIND: &'static str = "order";
    type Output = u32;
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Ship;

impl Job for Ship {
    const KIND: &'static str = "ship";
    type Output = u32;
}

/// A far end that can be asked, and forgets nothing.
#[derive(Clone, Default)]
struct Shop {
    charged: Arc<Mutex<Vec<Uuid>>>,
    shipped: Arc<Mutex<Vec<Uuid>>>,
    seen: Arc<Mutex<u32>>,
}

fn happened(list: &Mutex<Vec<Uuid>>, key: Uuid) -> Option<u32> {
    list.lock().unwrap().contains(&key).then_some(1)
}

async fn order(_: Order, cx: Context<Shop>) -> Result<Outcome<u32>, HandlerError> {
    let shop = cx.state();
    *shop.seen.lock().unwrap() += 1;
    cx.effect("charge")
        .call(|key| async move {
            shop.charged.lock().unwrap().push(key);
            Ok(1)
        })
        .probe(|key| async move { Ok(happened(&shop.charged, key)) })
        .await?;
    Ok(Outcome::Then(cx.job(&Ship)?))
}

async fn ship(_: Ship, cx: Context<Shop>) -> Result<u32, HandlerError> {
    let shop = cx.state();
    cx.effect("ship")
        .call(|key| async move {
            shop.shipped.lock().unwrap().push(key);
            Ok(1)
        })
        .probe(|key| async move { Ok(happened(&shop.shipped, key)) })
        .await
}

struct World {
    kit: Kit,
    shop: Shop,
    id: OperationId,
}

impl AsRef<Kit> for World {
    fn as_ref(&self) -> &Kit {
        &self.kit
    }
}

async fn world() -> World {
    let shop = Shop::default();
    let kit = Kit::new().job(order, shop.clone()).job(ship, shop.clone());
    let id = kit.start(&Order).await;
    World { kit, shop, id }
}

#[tokio::test]
async fn wherever_the_worker_dies_each_effect_happens_once() {
    let report = crash_everywhere(world, |world| async move {
        world.kit.assert_status(world.id, Status::Succeeded).await;
        assert_eq!(world.shop.charged.lock().unwrap().len(), 1);
        assert_eq!(world.shop.shipped.lock().unwrap().len(), 1);
    })
    .await;
    assert!(report.crashes >= 20, "{report:?}");
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Careless;

impl Job for Careless {
    const KIND: &'static str = "careless";
    type Output = u32;
}

async fn careless(_: Careless, cx: Context<Shop>) -> Result<u32, HandlerError> {
    cx.state().charged.lock().unwrap().push(Uuid::nil());
    Ok(1)
}

#[tokio::test]
#[should_panic(expected = "charged twice")]
async fn a_call_that_is_no_effect_is_found_out() {
    let make = || async {
        let shop = Shop::default();
        let kit = Kit::new().job(careless, shop.clone());
        let id = kit.start(&Careless).await;
        World { kit, shop, id }
    };
    let check = |world: World| async move {
        assert_eq!(world.shop.charged.lock().unwrap().len(), 1, "charged twice");
    };
    crash_everywhere(make, check).await;
}

#[tokio::test]
async fn a_job_delivered_twice_is_seen_twice_and_charges_once() {
    let world = world().await;
    world.kit.deliver_twice().await;
    assert_eq!(*world.shop.seen.lock().unwrap(), 2);
    assert_eq!(world.shop.charged.lock().unwrap().len(), 1);
    world.kit.assert_status(world.id, Status::Succeeded).await;
}

#[tokio::test]
async fn time_is_moved_by_hand() {
    async fn later(_: Ship, cx: Context<()>) -> Result<Outcome<u32>, HandlerError> {
        let first = cx.operation().is_some_and(|operation| operation.stage.is_none());
        cx.stage("waited").await?;
        Ok(if first { Outcome::Snooze(Duration::from_secs(3600)) } else { Outcome::Complete(1) })
    }
    let kit = Kit::new().job(later, ());
    let id = kit.start(&Ship).await;
    assert_eq!((kit.drain().await, kit.drain().await), (1, 0));
    kit.advance(Duration::from_secs(3601));
    assert_eq!(kit.drain().await, 1);
    assert_eq!(kit.result(id).await, 1);
}
