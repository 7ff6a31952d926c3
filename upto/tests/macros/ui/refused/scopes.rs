struct Unknown;

fn main() {
    let (url, event) = ("http://a", upto::event("event"));
    let _ = upto::scope!();
    let _ = upto::scope!("");
    let _ = upto::scope!(3);
    let _ = upto::scope!(host = "here");
    let _ = upto::scope!(host = "here",);
    let _ = upto::scope!(nmae = "here", "fetch");
    let _ = upto::scope!(parent: &event, "fetch");
    let _ = upto::scope!(host = "here", host = "there", "fetch");
    let _ = upto::scope!(host = 3, "fetch");
    let _ = upto::scope!(when = "always", "fetch");
    let _ = upto::scope!("fetch" url);
    let _ = upto::scope!("fetch", url = );
    let _ = upto::scope!("fetch", url, url = 3);
    let _ = upto::scope!("fetch", "url");
    let _ = upto::scope!("fetch", %url = 3);
    let _ = upto::scope!("fetch", url: 3);
}

fn types(unknown: Unknown) {
    let _ = upto::scope!("fetch", unknown);
    let _ = upto::scope!("fetch", key = Unknown);
    let _ = upto::scope!("fetch", shown = %unknown);
    let _ = upto::scope!(parent = "event", "fetch");
    let _ = upto::scope!(when = unknown, "fetch");
}
