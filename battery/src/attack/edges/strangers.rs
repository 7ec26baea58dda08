//! What belongs to another tenant is as if it were not there, to the last byte.

use serde_json::json;

use super::verdict::Told;
use crate::error::Error;
use crate::report::Report;
use crate::world::stage::World;

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const LOOKS: [(&str, &str); 8] = [
    ("GET", ""),
    ("GET", "/result"),
    ("GET", "/events"),
    ("GET", "/errors"),
    ("DELETE", ""),
    ("POST", ":cancel"),
    ("POST", ":confirm"),
    ("POST", ":reject"),
];

/// Looks at an operation of one tenant as another one; how often.
pub(super) async fn look(world: &World, report: &mut Report) -> Result<u64, Error> {
    let mine = key(world, "acme").await?;
    let theirs = key(world, "other").await?;
    let start = world.api.post("/rehearsals").bearer_auth(&mine).json(&json!({"confirm": true}));
    let told = Told::to("a start with a key", start).await?;
    let Some(id) = told.id() else {
        return Err(Error::Unexpected { what: "a start".to_owned(), why: format!("{told:?}") });
    };
    let mut looked = 0;
    for root in ["/operations", "/mass-payments"] {
        for (method, form) in LOOKS {
            if root == "/mass-payments" && form.starts_with('/') {
                continue;
            }
            let look = async |id: &str, key: Option<&str>| {
                let path = format!("{root}/{id}{form}");
                let method = method.parse().unwrap_or_default();
                let request = world.api.request(method, &path);
                let request = match key {
                    Some(key) => request.bearer_auth(key),
                    None => request,
                };
                Told::to(&path, request).await
            };
            let (hidden, unknown) =
                (look(&id, Some(&theirs)).await?, look(NOBODY, Some(&theirs)).await?);
            if plain(&hidden) != plain(&unknown) {
                report.finding(format!(
                    "{method} {root} {form}: another tenant's {:?}, nobody's {:?}",
                    plain(&hidden),
                    plain(&unknown)
                ));
            }
            let without = look(&id, None).await?;
            if without.status != 401 {
                report.finding(format!("{method} {root} {form} without a key: {}", without.status));
            }
            looked += 1;
        }
    }
    let shown = world.api.get(&format!("/operations/{id}")).bearer_auth(&mine);
    let shown = Told::to("the owner's look", shown).await?;
    if shown.status != 200 {
        report.finding(format!("the owner is told {}", shown.status));
    }
    Ok(looked)
}

async fn key(world: &World, tenant: &str) -> Result<String, Error> {
    let said = world.said(&["keys", "create", "--tenant", tenant]).await?;
    let key = said.split_whitespace().find(|word| word.starts_with("dfk_"));
    key.map(str::to_owned)
        .ok_or_else(|| Error::Unexpected { what: "keys create".to_owned(), why: said.clone() })
}

/// All that one can compare: without what is of the moment.
fn plain(told: &Told) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = told
        .headers
        .iter()
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    headers.sort();
    let mut body = told.body();
    let instance = body["instance"].take();
    let text = String::from_utf8_lossy(&told.bytes).into_owned();
    let text = instance.as_str().map_or(text.clone(), |instance| text.replace(instance, ""));
    (told.status, headers, text)
}
