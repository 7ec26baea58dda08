//! The schema that goes into the API's description.

use mass_payments::MassPayment;
use schemars::schema_for;
use serde_json::json;

#[test]
fn the_schema_tells_the_rules_that_a_schema_can_tell() {
    let schema = schema_for!(MassPayment).to_value();
    assert_eq!(schema["title"], "MassPayment");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], json!(["payments"]));
    let payments = &schema["properties"]["payments"];
    assert_eq!((&payments["minItems"], &payments["maxItems"]), (&json!(1), &json!(5_000)));
    let definitions = &schema["$defs"];
    let payment = &definitions["Payment"];
    let required = json!(["line_id", "amount", "currency", "value_date", "beneficiary"]);
    assert_eq!(payment["required"], required);
    assert_eq!(payment["properties"]["value_date"]["format"], "date");
    assert_eq!(definitions["Amount"]["type"], "string");
    assert_eq!(definitions["Amount"]["pattern"], r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,3})?$");
    for (name, pattern) in [("Currency", "^[A-Z]{3}$"), ("Country", "^[A-Z]{2}$")] {
        assert_eq!(definitions[name]["type"], "string", "{name}");
        assert_eq!(definitions[name]["pattern"], pattern);
    }
}
