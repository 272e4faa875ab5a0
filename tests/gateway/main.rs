#[path = "../relay/mod.rs"]
mod relay;
use relay::*;
use serde_json::json;
#[test]
fn explore() {
    let mut list = vec![];
    let s = |v| source("peeker", &v);
    list.push(json!({"p": s(json!({"scheme":"peekr","mode":"rely","maxBodyBytes":0}))}));
    list.push(json!({"p": s(json!({"mode":"inbox","destinations":{},"secrets":{}}))}));
    list.push(json!({"p": s(json!({"destinations":"x","secrets":[]}))}));
    list.push(json!({"p": s(json!({"destinations":[],"secrets":[{}, 1, {"binding":"NOPE","notAfter":"x","foo":1}, "PEEKER_SECRT"]}))}));
    list.push(json!([]));
    list.push(json!(1));
    list.push(json!({}));
    list.push(json!({"p":1, "Q":[], "x": s(json!({"timestamp": {}})), "y": s(json!({"timestamp": {"zone":"utc","fractionDigits":10}}))}));
    list.push(json!({"p": s(json!({"timestamp":{"zone":"none","fractionDigits":3}}))}));
    list.push(json!({"p": s(json!({"dedupe":{"id":"id"},"replays":"x","replayAfterSeconds":600,"dedupeWindowSeconds":1,"toleranceSeconds":0.5,"allowWeakSecret":1}))}));
    list.push(json!({"p": s(json!({"destinations":[{"name":"A b","url":"http://a.b","events":["order.created","x","nope.zzz",1],"timeoutSeconds":0,"signingSecret":"PEEKER_SECRET"}]}))}));
    list.push(json!({"p": s(json!({"destinations":[{"events":[],"signingSecret":true}]}))}));
    for l in list {
        let r = Relay::new(&environment(&l));
        println!("--- {l}");
        for m in r.config.mistakes() {
            println!("    {m}");
        }
    }
    for t in ["[", "{\"a\":1}}", "{\"a\":", "nonsense secret", "\"x\""] {
        let mut e = environment(&json!({}));
        e.insert("SOURCES".into(), t.into());
        for m in Relay::new(&e).config.mistakes() {
            println!("{t}    {m}");
        }
    }
    let mut r = Relay::new(&environment(&one_of_each()));
    println!("{:?}", r.config.mistakes());
    println!("{:?}", r.serve(&Request::signed("peeker", "evt_1", NOW, b"{}"), NOW, OK));
    println!("{}", r.log);
    println!("{:?}", r.sent);
}
