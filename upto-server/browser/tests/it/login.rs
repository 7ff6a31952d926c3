//! Where a token is needed.

use upto_server_browser::browse;

#[test]
fn a_token_lets_in_and_is_nowhere_to_be_read() {
    browse("login", async |server, page| {
        server.kill();
        let made = server.command(&["token", "create", "--name", "person", "--scope", "admin"]);
        let token = made.trim().to_owned();
        assert!(token.starts_with("upto_"), "a token");
        server.restart();

        page.goto("/").await;
        page.until("location.pathname === '/login'").await;
        page.type_into("input[name=token]", &token).await;
        page.press(&["\u{E007}"]).await;
        page.until("location.pathname === '/' && document.querySelector('#notice') !== null").await;
        page.until_text("#notice", "No contexts yet").await;
        let storages =
            "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])";
        assert!(!page.text(storages).await.contains(&token));
        // Whose session has ended meanwhile is led to where another one begins, on every page.
        page.open("page=status").await;
        page.until_text("#status", "No service has pulsed").await;
        page.run("const done = arguments[0]; fetch('logout', { method: 'POST' }).then(done);", vec![]).await;
        page.value("(location.hash = 'page=journal', true)").await;
        page.until("document.querySelector('#journal .status-line a[href=login]') !== null").await;
        page.goto("/login").await;
        page.type_into("input[name=token]", &token).await;
        page.press(&["\u{E007}"]).await;
        page.until("location.pathname === '/' && document.querySelector('#notice') !== null").await;
        page.until("!document.querySelector('#header .logout').hidden").await;
        page.click("#header .logout").await;
        page.until("location.pathname === '/login'").await;
    });
}
