//! What an operator gets wrong is refused at once, with what to do about it and an exit code.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use tokio::net::TcpListener;

use crate::process::run;
use crate::world::{World, answer, eventually, strings};

const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];

/// It must end with this code, and say all of this.
async fn check(folder: &Path, arguments: &[&str], code: i32, said: &[&str]) {
    let output = run(folder, &strings(arguments)).await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    for words in said {
        assert!(text.contains(words), "{arguments:?}: {words:?} is not in {text:?}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

fn with_config(text: &str) -> TempDir {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("deferral.toml"), text).unwrap();
    folder
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let folder = tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = other.local_addr().unwrap().to_string();
    let said = [address.as_str(), "another program listens there", "--listen"];
    let api = ["api", "--listen", &address, "--admin-listen", "127.0.0.1:0"];
    check(folder.path(), &api, 1, &said).await;
    let admin = ["api", "--listen", "127.0.0.1:0", "--admin-listen", &address];
    check(folder.path(), &admin, 1, &said).await;
}

#[tokio::test]
async fn a_bad_line_of_the_configuration_is_named() {
    let folder = with_config("[worker]\nconcurrency = 4\nlease = = 3\n");
    check(folder.path(), &["info"], 2, &["deferral.toml:3: "]).await;
    let folder = with_config("[worker]\n\nlease = \"soon\"\n");
    check(folder.path(), &["info"], 2, &["deferral.toml:3: ", "worker.lease"]).await;
    let folder = with_config("[mass_payments]\nback_office_url = \"nowhere\"\n");
    let api: Vec<&str> = ["api"].into_iter().chain(ANYWHERE).collect();
    check(folder.path(), &api, 1, &["back_office_url", "nowhere"]).await;
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_the_nearest_right_one() {
    let folder = with_config("[worker]\nconcurency = 4\n");
    let said = ["deferral.toml:2: ", "worker.concurency", "did you mean `concurrency`?"];
    check(folder.path(), &["info"], 2, &said).await;
    let folder = tempdir().unwrap();
    let set = ["info", "--set", "wroker.lease=1s"];
    check(folder.path(), &set, 2, &["wroker", "did you mean `worker`?"]).await;
    check(folder.path(), &["info", "--stroe", "sqlite:x.db"], 2, &["--stroe"]).await;
}

#[tokio::test]
async fn a_setting_may_stand_before_and_after_every_subcommand() {
    let folder = tempdir().unwrap();
    let commands: [&[&str]; 4] = [
        &["info"],
        &["operations", "list"],
        &["keys", "list"],
        &["keys", "create", "--tenant", "acme", "--with", "mass_payments.mode=sync"],
    ];
    for command in commands {
        let set = ["--set", "worker.lease=5s"];
        check(folder.path(), &[command, set.as_slice()].concat(), 0, &[]).await;
        check(folder.path(), &[set.as_slice(), command].concat(), 0, &[]).await;
    }
}

#[tokio::test]
async fn other_hosts_are_not_served_while_there_are_no_keys() {
    let folder = tempdir().unwrap();
    let open = ["api", "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0"];
    check(folder.path(), &open, 1, &["no API keys", "deferral keys create"]).await;
}

#[tokio::test]
async fn what_is_no_store_is_named_and_left_as_it_is() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("letter.db");
    let letter = "This is a letter, and not a database at all. ".repeat(50);
    std::fs::write(&path, &letter).unwrap();
    let store = format!("sqlite:{}", path.display());
    check(folder.path(), &["info", "--store", &store], 4, &["letter.db", "not a database"]).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
    let nowhere = ["info", "--store", "sqlite:there/is/no/folder.db"];
    check(folder.path(), &nowhere, 4, &["there/is/no"]).await;
    check(folder.path(), &["info", "--store", "mysql://x"], 2, &["sqlite:PATH"]).await;
}

/// Permissions bind everybody but root, whom only the kernel's own files resist.
#[tokio::test]
async fn a_store_that_can_only_be_read_is_named() {
    let folder = tempdir().unwrap();
    if rustix::process::geteuid().is_root() {
        check(folder.path(), &["info", "--store", "sqlite:/proc/version"], 4, &["/proc/version"])
            .await;
        return;
    }
    let path = folder.path().join("shut.db");
    let store = format!("sqlite:{}", path.display());
    assert!(run(folder.path(), &strings(&["info", "--store", &store])).await.status.success());
    std::fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let api: Vec<&str> = ["api", "--store", &store].into_iter().chain(ANYWHERE).collect();
    check(folder.path(), &api, 4, &["shut.db"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_from_its_making_to_its_end() {
    let world = World::new(|_| (), &[]).await;
    let api = world.api().await;
    let made = world.said(&["keys", "create", "--tenant", "acme", "--json"]).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let [id, key] = ["id", "key"].map(|name| made[name].as_str().unwrap());
    let listed = world.said(&["keys", "list"]).await;
    assert!(listed.contains(id) && listed.contains("acme"), "{listed}");
    assert!(!listed.contains(key), "a list shows the secret");

    let with_key = async || answer(world.get("/operations").bearer_auth(key)).await.unwrap().status;
    let without = async || answer(world.get("/operations")).await.unwrap().status;
    assert_eq!(with_key().await, 200);
    assert_eq!(without().await, 401);

    world.said(&["keys", "revoke", id]).await;
    let revoked = Instant::now();
    eventually("refused", async || (with_key().await == 401).then_some(())).await;
    assert!(revoked.elapsed() < Duration::from_secs(6), "it took {:?}", revoked.elapsed());
    assert!(world.said(&["keys", "list", "--json"]).await.contains("revokedAt\": \"2"));
    assert!(api.end().await.success());
}
