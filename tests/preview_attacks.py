"""Mails that try to run something, to load something, or to get out of the frame they are shown in.

In each, `{url}` is a local server's address with the attack's own path, `{wire}` a host and port of its own
that only listens, `{host}` a name that is nowhere, `{js}` a script that leaves traces, `{fill}` a style by
which what has the class `go` fills its frame, so that a click anywhere hits it.

The last part of a path says what was asked for: `img`, `css` and `font` are what a reader may allow.
"""

# ruff: noqa: E501 (markup)

from __future__ import annotations

ATTACKS: dict[str, str] = {
    # Scripts
    "script-inline": "<script>{js}</script>",
    "script-src": '<script src="{url}/js"></script>',
    "script-async": '<script async defer src="{url}/js"></script>',
    "script-module": '<script type="module">import "{url}/js"; {js}</script>',
    "script-module-src": '<script type="module" src="{url}/js" crossorigin></script>',
    "script-importmap": '<script type="importmap">{"imports":{"a":"{url}/js"}}</script>'
    '<script type="module">import "a"</script>',
    "script-nonce": '<script nonce="" src="{url}/js" integrity=""></script>',
    "script-data": '<script src="data:text/javascript,{js}"></script>',
    "script-svg": "<svg><script>{js}</script></svg>",
    "script-svg-href": '<svg><script href="{url}/js"/><script xlink:href="{url}/js2"/></svg>',
    "script-mathml": "<math><mtext><mglyph><style><!--</style><img src=x onerror='{js}'>--></math>",
    "script-speculation": '<script type="speculationrules">{"prefetch":[{"urls":["{url}/page"],'
    '"eagerness":"immediate"}],"prerender":[{"urls":["{url}/page2"],"eagerness":"immediate"}]}</script>',
    "script-window-open": '<script>{js};window.open("{url}/page")</script>',
    "script-parent": "<script>{js};for(const w of [parent,top,parent.parent,opener])"
    '{try{w.document.title="ATTACK";w.location="{url}/page"}catch(e){}}</script>',
    "script-name": '<script>{js};name="ATTACK";top.name="ATTACK"</script>',
    "script-download": '<script>{js};const a=document.createElement("a");a.href="{url}/page";a.download="a";'
    "document.documentElement.append(a);a.click()</script>",
    "script-webrtc": "<script>{js};new RTCPeerConnection({iceServers:[{urls:'stun:{wire}'}]})"
    ".createDataChannel('a')</script>",
    "script-beacon": '<script>{js};navigator.sendBeacon("{url}/beacon");new WebSocket("ws://{wire}/")</script>',
    "script-worker": '<script>{js};new Worker("{url}/js");navigator.serviceWorker?.register("{url}/js")</script>',
    "script-shadow": "<div><template shadowrootmode=open><script>{js}</script>"
    '<img src="{url}/img" onerror="{js}"><link rel=stylesheet href="{url}/css"></template></div>',
    # Event handlers
    "on-img-error": '<img src="x:" onerror="{js}">',
    "on-img-error-data": '<img src="data:," onerror={js}>',
    "on-img-load": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" onload="{js}">',
    "on-svg-load": '<svg onload="{js}"></svg>',
    "on-svg-begin": '<svg><animate onbegin="{js}" attributeName=x dur=1s></svg>',
    "on-toggle": '<details open ontoggle="{js}"><summary>a</summary>b</details>',
    "on-animationstart": "<style>@keyframes a{to{color:red}}b{animation:a 1s}</style>"
    '<b onanimationstart="{js}">a</b>',
    "on-transition": "<style>b{opacity:.5;transition:opacity 1ms;@starting-style{opacity:1}}</style>"
    '<b ontransitionstart="{js}" ontransitionend="{js}">a</b>',
    "on-focus-autofocus": '<input autofocus onfocus="{js}">',
    "on-focus-tabindex": '<b tabindex=0 autofocus onfocus="{js}" onkeydown="{js}">a</b>',
    "on-body-load": '<body onload="{js}" onpageshow="{js}" onresize="{js}">',
    "on-html": '<html onclick="{js}" onmouseover="{js}"><head><body onmousemove="{js}">a',
    "on-frameset-load": '<frameset onload="{js}"><frame src="{url}/page"></frameset>',
    "on-style-load": '<style onload="{js}">b{}</style><link rel=stylesheet href="data:text/css," onload="{js}">',
    "on-media-error": '<video><source onerror="{js}" src="x:"></video><audio src="x:" onerror="{js}"></audio>',
    "on-marquee": '<marquee onstart="{js}" onbounce="{js}" loop=1>a</marquee>',
    "on-scroll": '<div style="overflow:auto;height:9px" onscroll="{js}" onscrollend="{js}">'
    '<p style="height:99px">a<b id=x autofocus tabindex=0>b</b></div>',
    "on-pointer": '<p class=go onclick="{js}" onpointerdown="{js}" onmouseover="{js}">a</p>{fill}',
    "on-visibility": '<p style="content-visibility:auto" oncontentvisibilityautostatechange="{js}">a</p>',
    "on-securitypolicy": '<body onsecuritypolicyviolation="{js}"><img src="{url}/img">',
    # Frames, objects, addresses that are programs
    "frame-src": '<iframe src="{url}/page"></iframe>',
    "frame-connect": '<iframe src="http://{wire}/"></iframe>',
    "frameset-connect": '<frameset><frame src="http://{wire}/"></frameset>',
    "frame-javascript": '<iframe src="javascript:{js}"></iframe>',
    "frame-data": '<iframe src="data:text/html,<script>{js}</script>"></iframe>',
    "frame-vbscript": '<iframe src="vbscript:msgbox(1)"></iframe><img src="vbscript:msgbox(1)">'
    "<script language=vbscript>msgbox 1</script><script>{js}</script>",
    "frame-srcdoc": "<iframe srcdoc=\"<script>{js}</script><img src='{url}/img'>\"></iframe>",
    "frame-srcdoc-sandbox": '<iframe sandbox="allow-scripts allow-same-origin allow-top-navigation allow-popups" '
    "srcdoc=\"<script>{js}</script><meta http-equiv=refresh content='0;url={url}/page'>\"></iframe>",
    "frame-srcdoc-encoded": '<iframe srcdoc="&#60;l&#105;nk rel=stylesheet href={url}/css>'
    '&lt;scr&#x69;pt src={url}/js>&lt;/script>"></iframe>',
    "frame-nested": "<iframe srcdoc=\"<iframe srcdoc='<iframe src={url}/page></iframe>"
    "<img src={url}/img onerror={js}>'></iframe>\"></iframe>",
    "frame-csp": '<iframe csp="default-src *" src="{url}/page"></iframe>',
    "frame-allow": '<iframe allow="camera;fullscreen" credentialless loading=eager src="{url}/page"></iframe>',
    "frame-name-top": '<iframe name="_top" src="{url}/page"></iframe><iframe name="top" srcdoc="a"></iframe>',
    "frameset": '<frameset cols="*,*"><frame src="{url}/page"><frame src="javascript:{js}"></frameset>',
    "fencedframe-portal": '<portal src="{url}/page"></portal><fencedframe src="{url}/page"></fencedframe>'
    '<webview src="{url}/page"></webview>',
    "object-data": '<object data="{url}/page" type="text/html"><img src="{url}/img"></object>',
    "object-data-html": '<object data="data:text/html,<script>{js}</script>"></object>',
    "object-codebase": '<object codebase="{url}/" classid="clsid:1" data="page"></object>',
    "embed": '<embed src="{url}/page"><embed src="javascript:{js}"><embed type="text/html" src="{url}/page2">',
    "embed-svg": "<embed type='image/svg+xml' src='data:image/svg+xml,"
    '<svg xmlns="http://www.w3.org/2000/svg"><script>{js}</script></svg>\'>',
    "applet": '<applet code="a.class" archive="{url}/page" codebase="{url}/"></applet>',
    "pdf": '<embed type="application/pdf" src="{url}/page"><iframe src="data:application/pdf,{url}"></iframe>',
    # What stands in the head
    "meta-refresh": '<meta http-equiv="refresh" content="0;url={url}/page">',
    "meta-refresh-javascript": '<meta http-equiv="refresh" content="0;url=javascript:{js}">',
    "meta-refresh-data": '<meta http-equiv="refresh" content="0;url=data:text/html,<img src={url}/img>">',
    "meta-refresh-self": '<meta http-equiv="refresh" content="0;url=about:srcdoc"><img src="{url}/img">',
    "meta-refresh-noscript": '<noscript><meta http-equiv="refresh" content="0;url={url}/page"></noscript>'
    '<meta http-equiv="refresh" content="0;url={url}/page2">',
    "meta-csp-loosen": '<meta http-equiv="Content-Security-Policy" content="default-src * \'unsafe-inline\' '
    "'unsafe-eval' data: blob:; sandbox allow-scripts allow-top-navigation\"><script>{js}</script>"
    '<img src="{url}/img">',
    "meta-csp-report": '<meta http-equiv="Content-Security-Policy" content="img-src \'none\'; report-uri '
    '{url}/report; report-to a"><meta http-equiv="Content-Security-Policy-Report-Only" '
    'content="img-src \'none\'; report-uri {url}/report"><meta http-equiv="Report-To" '
    'content=\'{"group":"a","max_age":9,"endpoints":[{"url":"{url}/report"}]}\'><img src="x:">'
    '<script src="{url}/js"></script>',
    "meta-csp-upgrade": '<meta http-equiv="Content-Security-Policy" content="upgrade-insecure-requests">'
    '<img src="{url}/img">',
    "meta-link": '<meta http-equiv="Link" content="<{url}/css>; rel=preload; as=style">'
    '<meta http-equiv="Set-Cookie" content="attack=1"><meta http-equiv="Location" content="{url}/page">',
    "meta-referrer": '<meta name="referrer" content="unsafe-url"><img src="{url}/img" referrerpolicy="unsafe-url">',
    "meta-charset": '<meta charset="utf-7"><meta http-equiv="Content-Type" content="text/html;charset=utf-7">'
    "+ADw-script+AD4-{js}+ADw-/script+AD4-<img src={url}/img>",
    "meta-accept-ch": '<meta http-equiv="delegate-ch" content="sec-ch-dpr {url}"><meta http-equiv="accept-ch" '
    'content="dpr"><img src="{url}/img">',
    "meta-viewport-title": '<title>ATTACK</title><meta name=viewport content="width=9999,initial-scale=9">'
    '<meta name=theme-color content=red><meta name=color-scheme content="dark"><link rel=stylesheet '
    'href="{url}/css">',
    "base": '<base href="{url}/" target="_top"><img src="img"><link rel=stylesheet href="css">'
    '<script src="js"></script>',
    "base-click": '<base href="{url}/page" target="_self"><a class=go href="?a">a</a>{fill}',
    "manifest": '<html manifest="{url}/page"><link rel=manifest href="{url}/page2"><link rel=stylesheet '
    'href="{url}/css">',
    # Links that load
    "link-stylesheet": '<link rel="stylesheet" href="{url}/css">',
    "link-stylesheet-alternate": '<link rel="alternate stylesheet" title=a href="{url}/css">'
    "<meta http-equiv=default-style content=a>",
    "link-stylesheet-data": "<link rel=stylesheet href=\"data:text/css,@import '{url}/css';"
    'b{background:url({url}/img)}"><b>a</b>',
    "link-stylesheet-media": '<link rel=stylesheet media="(prefers-color-scheme: dark)" href="{url}/css">'
    '<link rel=stylesheet media="(prefers-color-scheme: light)" href="{url}/css2">',
    "link-preload": '<link rel=preload as=style href="{url}/css"><link rel=preload as=font crossorigin '
    'href="{url}/font"><link rel=preload as=image href="{url}/img">',
    "link-preload-imagesrcset": '<link rel=preload as=image imagesrcset="{url}/img 1x, {url}/img2 2x">',
    "link-preload-other": '<link rel=preload as=script href="{url}/js"><link rel=preload as=fetch crossorigin '
    'href="{url}/fetch"><link rel=preload as=track href="{url}/track">',
    "link-prefetch": '<link rel=prefetch href="{url}/prefetch"><link rel=prefetch as=document '
    'href="{url}/page">',
    "link-prerender": '<link rel=prerender href="{url}/page"><link rel="prerender prefetch next" '
    'href="{url}/page2">',
    "link-modulepreload": '<link rel=modulepreload href="{url}/js">',
    "link-preconnect": '<link rel=preconnect href="http://{wire}/">',
    "link-preconnect-body": '<body><p>a</p><link rel=preconnect crossorigin href="http://{wire}/"></body>',
    "link-preconnect-media": '<link rel=preconnect media="(prefers-color-scheme:dark)" href="http://{wire}/a">'
    '<link rel=preconnect media="(prefers-color-scheme:light)" href="http://{wire}/b">',
    "link-preconnect-srcdoc": '<iframe srcdoc="&lt;l&#105;nk rel=preconnect href=http://{wire}/>"></iframe>',
    "link-preconnect-noscript": "<noscript><link rel=preconnect href=http://{wire}/></noscript>"
    "<svg><foreignObject><LINK/REL=preconnect/HREF=http://{wire}/></svg>",
    "link-dns": '<meta http-equiv="x-dns-prefetch-control" content="on"><link rel=dns-prefetch href="//{host}/">'
    '<link rel="dns-prefetch preconnect" href="http://{wire}/"><a href="http://a.{host}/">a</a>',
    "link-icon": '<link rel=icon href="{url}/icon"><link rel="shortcut icon" href="{url}/icon">'
    '<link rel=apple-touch-icon href="{url}/icon"><link rel=mask-icon href="{url}/icon">',
    "link-import": '<link rel=import href="{url}/page"><link rel=pingback href="{url}/page">'
    '<link rel=search type=application/opensearchdescription+xml href="{url}/page"><link rel=stylesheet '
    'href="{url}/css">',
    "link-dictionary": '<link rel=compression-dictionary href="{url}/dictionary"><link rel=expect href="#a" '
    'blocking=render><link rel=canonical href="{url}/page"><link rel=stylesheet href="{url}/css">',
    # Styles
    "css-import": '<style>@import "{url}/css";</style>',
    "css-import-url": "<style>@charset 'utf-8';@import url({url}/css) layer(a) supports(color:red);</style>",
    "css-import-scheme": '<style>@import "{url}/css" (prefers-color-scheme: dark);'
    '@import "{url}/css2" (prefers-color-scheme: light);</style>',
    "css-background": '<p style="background:url({url}/img)">a</p>',
    "css-body-background": "<style>body,html{background:url({url}/img)}</style>",
    "css-list-style": "<ul style='list-style:url({url}/img)'><li>a</ul>",
    "css-cursor": '<p class=go style="cursor:url({url}/img),auto">a</p>{fill}',
    "css-content": "<style>p::before{content:url({url}/img)}</style><p>a</p>",
    "css-filter": '<p style="filter:url({url}/img#f);backdrop-filter:url({url}/img#g);'
    'clip-path:url({url}/img#c);background:url({url}/img)">a</p>',
    "css-mask": '<p style="mask:url({url}/img);-webkit-mask-image:url({url}/img2)">a</p>',
    "css-border-image": '<p style="border:9px solid;border-image:url({url}/img) 1">a</p>',
    "css-image-set": '<p style="background:image-set(url({url}/img) 1x);width:9px">a</p>',
    "css-image-set-webkit": '<p style="background:-webkit-image-set(url({url}/img) 1x)">a</p>',
    "css-cross-fade": '<p style="background:cross-fade(url({url}/img) 50%,url({url}/img2))'
    ',-webkit-cross-fade(url({url}/img),url({url}/img2),50%)">a</p>',
    "css-shape": '<p style="float:left;shape-outside:url({url}/img);offset-path:url({url}/img#a)">a</p>',
    "css-variable": '<p style="--a:url({url}/img);background:var(--a)">a</p>',
    "css-escaped": '<p style="background:\\75rl({url}/img)">a</p><style>@\\69mport "{url}/css";</style>',
    "css-font": "<style>@font-face{font-family:a;src:url({url}/font)}p{font-family:a}</style><p>a</p>",
    "css-counter": "<style>@counter-style a{system:cyclic;symbols:url({url}/img)}"
    "ul{list-style:url({url}/img)}</style><ul><li>a</ul>",
    "css-binding": '<p style="-moz-binding:url({url}/binding#a);behavior:url({url}/binding);'
    'width:expression({js});background:url(javascript:{js}),url({url}/img)">a</p>',
    "css-keylogger": "<style>input[value^=a]{background:url({url}/img)}"
    "input:focus{background:url({url}/img2)}</style><input value=a>",
    "css-visited": "<style>a:visited{background:url({url}/img)}a:link{background:url({url}/img2)}</style>"
    '<a href="{url}/page">a</a>',
    "css-state": "<style>p:hover,p:active,html:has(p:hover){background:url({url}/img)}</style>"
    "<p class=go>a</p>{fill}",
    "css-scheme": "<style>@media (prefers-color-scheme:dark){p{background:url({url}/img)}}"
    "@media (prefers-color-scheme:light){p{background:url({url}/img2)}}</style><p>a</p>",
    "css-light-dark": '<p style="color-scheme:light dark;background:image-set(url({url}/img) 1x)">a</p>',
    "css-svg-image": '<img src=\'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" onload="{js}">'
    '<script>{js}</script><image href="{url}/img"/><foreignObject width="9" height="9">'
    '<iframe xmlns="http://www.w3.org/1999/xhtml" src="{url}/page"/></foreignObject></svg>\'>'
    "<img src='{url}/img'>",
    # Pictures, sound
    "img": '<img src="{url}/img">',
    "img-plain-address": "<img src={url}/img><IMG/SRC={url}/img2>",
    "img-srcset": '<img srcset="{url}/img 1x, {url}/img2 2x" sizes="100vw">',
    "img-lazy": '<img loading="lazy" decoding="async" fetchpriority="high" src="{url}/img">',
    "img-crossorigin": '<img crossorigin="use-credentials" src="{url}/img">',
    "img-attribution": '<img src="{url}/img" attributionsrc="{url}/attribution" browsingtopics '
    'sharedstoragewritable lowsrc="{url}/lowsrc" longdesc="{url}/longdesc">',
    "img-scheme-relative": '<img src="{url}/img"><img src="//{wire}/"><img src="/" alt=a><img src="" alt=a>',
    "img-file": '<img src="file:///etc/passwd"><img src="{url}/img"><img src="blob:null/a">'
    '<img src="filesystem:{url}/a"><img src="ftp://{wire}/a">',
    "picture": '<picture><source srcset="{url}/img"><img src="{url}/img2"></picture>',
    "picture-scheme": '<picture><source media="(prefers-color-scheme: dark)" srcset="{url}/img">'
    '<img src="{url}/img2"></picture>',
    "input-image": '<input type="image" src="{url}/img">',
    "video": '<video src="{url}/media" poster="{url}/img" autoplay preload=auto></video>',
    "audio": '<audio src="{url}/media" autoplay preload=auto></audio><bgsound src="{url}/media">',
    "media-source": '<video preload=auto><source src="{url}/media"><track default kind=captions '
    'src="{url}/track"></video>',
    "svg-image": '<svg><image href="{url}/img" width=9 height=9 /><image xlink:href="{url}/img2" /></svg>',
    "svg-use": '<svg><use href="{url}/use#a"/><use xlink:href="{url}/use#b"/></svg><img src="{url}/img">',
    "svg-feimage": '<svg><filter id=f><feImage href="{url}/img"/></filter>'
    "<rect width=9 height=9 filter='url(#f)'/></svg><p style='filter:url(#f)'>a</p>",
    "svg-style": "<svg><style>@import '{url}/css';rect{fill:url({url}/use#a);cursor:url({url}/img)}</style>"
    "<rect width=9 height=9 /></svg>",
    "svg-animate-href": '<svg><image width=9 height=9><set attributeName=href to="{url}/img" begin=0s />'
    "</image></svg>",
    "table-background": '<table background="{url}/img"><tr><td background="{url}/img2">a</table>',
    "body-background": '<body background="{url}/img">a',
    # Out of the frame, out of the policy
    "out-iframe": '</iframe></iframe><script>{js}</script><img src="{url}/img" onerror="{js}">',
    "out-quotes": "\"'><script>{js}</script><img src={url}/img onerror={js}>",
    "out-entities": "&quot;&gt;&lt;/iframe&gt;&amp;quot;&amp;gt;&amp;lt;script&amp;gt;{js}&lt;/script&gt;"
    "&#34;&#x3e;&#60;img src=x onerror={js}&#62;<img src={url}/img>",
    "out-entities-deep": "&amp;amp;quot;&amp;amp;gt;&quot onload={js} &#0;&#x80;<img src={url}/img>",
    "out-style": "--></style></script></title></textarea></noscript></xmp></template><script>{js}</script>"
    '<img src="{url}/img">',
    "out-template": '</template></head></body></html><script>{js}</script><img src="{url}/img">',
    "out-comment": "--!><!--><script>{js}</script>--><img src='{url}/img'><!-- <script>{js}</script>",
    "out-cdata": "]]><![CDATA[<script>{js}</script>]]><svg><![CDATA[><img src={url}/img onerror={js}>]]></svg>"
    "<?xml-stylesheet href='{url}/css'?><script>{js}</script>",
    "out-null": "\0<\0script>{js}</script><scr\0ipt>{js}</scr\0ipt><img\0src={url}/img><img src='\0{url}/img'>"
    '<img src="{url}/img" o\0nerror={js} onerror="{js}">',
    "out-controls": "\ufeff\u2028\u202e\x0c\x1b<img\x0csrc='{url}/img'\x0conerror='{js}'><img/src={url}/img2>",
    "out-returns": "\r\r\n<img\rsrc='{url}/img'\r\nonerror=\"{js}\">",
    "out-doctype": "<!doctype html><!DOCTYPE html SYSTEM '{url}/dtd'><html><head><script>{js}</script>"
    "<meta http-equiv=Content-Security-Policy content='default-src *'><body><img src='{url}/img'>",
    "out-html-head": "<html lang=a style='background:url({url}/img)'><head profile='{url}/page'>"
    "<head><script>{js}</script></head><body style='background:url({url}/img2)'>",
    "out-plaintext": "<img src={url}/img onerror={js}><plaintext></plaintext></iframe><script>{js}</script>",
    "out-noscript": "<noscript><style></noscript><img src={url}/img onerror={js}><script>{js}</script>",
    "out-noscript-title": '<noscript><p title="</noscript><img src={url}/img onerror={js}>">',
    "out-unclosed-attribute": '<img src={url}/img onerror={js}><b title="',
    "out-unclosed-tag": "<script>{js}</script><img src={url}/img><img onerror={js} src=x ",
    "out-unclosed-style": "<img src={url}/img onerror={js}><style>*{background:url({url}/img)",
    "out-select": "<select><template><style></select><img src={url}/img onerror={js}></style></template>"
    "<table><svg><desc><td><script>{js}</script><img src={url}/img>",
    "out-mutation": "<math><mtext><table><mglyph><style><math><img src={url}/img onerror={js}></style>"
    "</table><p><style><!--</style><img title='--&gt;&lt;img src={url}/img onerror={js}&gt;'>"
    "<script>{js}</script>",
    "out-braces": "{0}{frames}{{title}}%s%(a)s${a}<script>{js}</script><img src='{url}/img'>",
    "out-long": "<p>" + "\"'&<>" * 20_000 + "</p><script>{js}</script><img src={url}/img onerror={js}>",
    "out-deep": "<div>" * 600 + "<script>{js}</script><img src={url}/img onerror={js}>",
    # The question for the colour scheme, which is answered in the source
    "scheme-attribute": '<img alt="(prefers-color-scheme:dark)" src="{url}/img" onerror="{js}">',
    "scheme-in-tag": "<img (prefers-color-scheme:dark) src={url}/img onerror={js}><i(prefers-color-scheme:dark)mg "
    "src={url}/img2><scr(prefers-color-scheme:light)ipt>{js}</script>",
    "scheme-in-url": '<p style="background:url({url}/img?(prefers-color-scheme:dark)),'
    'url({url}/img)">a</p><style>p{background:url(prefers-color-scheme:dark)}</style>',
    "scheme-comment": "<!--(prefers-color-scheme:dark)--><style>@media (prefers-color-scheme/**/:dark),"
    "(prefers-color-\\73 cheme:light){p{background:url({url}/img)}}</style><p>a</p><script>{js}</script>",
    "scheme-closes": "</style>(prefers-color-scheme:\n\tdark )<script>{js}</script><style>:root{color-scheme:"
    "dark}html{background:url({url}/img)}",
    "scheme-important": "<style>:root:root{color-scheme:dark!important;background:url({url}/img)}"
    "@media not (prefers-color-scheme:dark){p{background:url({url}/img2)}}</style><p>a</p>",
    "scheme-csp": "<meta http-equiv=Content-Security-Policy content='img-src * (prefers-color-scheme:dark)'>"
    "<meta name=color-scheme content='dark light'><script>{js}</script><img src='{url}/img2'>",
    # What a reader may click
    "click-top": '<a class=go target="_top" href="{url}/page">a</a>{fill}',
    "click-parent": '<a class=go target="_parent" href="{url}/page">a</a>{fill}',
    "click-self": '<a class=go target="_self" href="{url}/page">a</a>{fill}',
    "click-blank": '<a class=go target="_blank" rel=opener href="{url}/page">a</a>{fill}',
    "click-plain": '<a class=go href="{url}/page">a</a>{fill}',
    "click-empty-target": '<a class=go target="" href="{url}/page">a</a>{fill}',
    "click-named": '<a class=go target="canary" href="{url}/page">a</a>{fill}',
    "click-target-odd": '<a class=go target="_SELF" href="{url}/page">a</a>{fill}'
    "<style>a.go.go[target]{pointer-events:auto!important}</style>",
    "click-pointer-events": "<style>a.go.go[target]{pointer-events:all!important}</style>"
    '<a class=go target="_top" href="{url}/page">a</a>{fill}',
    "click-self-pointer": '<a class=go target=_self href="{url}/page"><b style="pointer-events:auto;'
    'position:absolute;inset:0">a</b></a>{fill}',
    "click-shadow": "<div class=go><template shadowrootmode=open><a target=_self href='{url}/page' "
    "style='position:fixed;inset:0'>a</a></template></div>{fill}",
    "click-shadow-top": "<div class=go><template shadowrootmode=open><a target=_top href='{url}/page' "
    "style='position:fixed;inset:0'>a</a></template></div>{fill}",
    "click-srcdoc": "<iframe class=go srcdoc=\"<base target=_self><a href='{url}/page' "
    "style='position:fixed;inset:0'>a</a>\"></iframe>{fill}",
    "click-srcdoc-parent": "<iframe class=go srcdoc=\"<a target=_parent href='{url}/page' "
    "style='position:fixed;inset:0'>a</a>\"></iframe>{fill}",
    "click-wire": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self href="http://{wire}/">a</a>{fill}',
    "click-wire-blank": '<a class=go href="http://{wire}/">a</a>{fill}',
    "click-javascript": '<a class=go href="javascript:{js}">a</a>{fill}',
    "click-javascript-self": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self href="java\tscript:{js}">a</a>{fill}',
    "click-data": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self href="data:text/html,<script>{js}</script><img src={url}/img>">a</a>{fill}',
    "click-srcdoc-self": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self href="about:srcdoc">a</a>{fill}<img src="{url}/img">',
    "click-blank-self": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self href="about:blank">a</a>{fill}<img src="{url}/img">',
    "click-mailto": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self href="mailto:a@b.org?body={url}">a</a>{fill}<img src="{url}/img">',
    "click-ping": '<a class=go href="#a" ping="{url}/ping http://{wire}/">a</a>{fill}',
    "click-ping-page": '<a class=go href="{url}/page" ping="{url}/ping" attributionsrc="{url}/ping2">a</a>{fill}',
    "click-download": '<a class=go download="a.txt" href="{url}/page">a</a>{fill}',
    "click-download-self": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target=_self download="a.txt" href="data:text/plain,a">a</a>{fill}<img src="{url}/img">',
    "click-area": '<img class=go usemap="#m" alt=a src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">'
    '<map name=m><area shape=default target=_self href="{url}/page"></map>{fill}',
    "click-area-top": '<img class=go usemap="#m" alt=a src="data:image/gif;base64,'
    'R0lGODlhAQABAAAAACwAAAAAAQABAAA="><map name=m><area shape=default target=_top href="{url}/page"></map>{fill}',
    "click-svg": '<svg class=go><a target="_top" href="{url}/page"><rect width="100%" height="100%"/></a></svg>'
    "{fill}",
    "click-svg-animated": '<svg class=go><a href="#a"><set attributeName=target to=_self begin=0s />'
    '<set attributeName=href to="{url}/page" begin=0s /><rect width="100%" height="100%"/></a></svg>{fill}',
    "click-svg-javascript": '<svg class=go><a><set attributeName=href to="javascript:{js}" begin=0s />'
    '<rect width="100%" height="100%"/></a></svg>{fill}',
    "click-math": '<math class=go href="{url}/page"><mtext href="{url}/page">a</mtext></math>{fill}'
    '<img src="{url}/img">',
    "click-middle-frame": "<style>a.go.go[target]{pointer-events:auto!important}</style>"
    '<a class=go target="a" href="{url}/page">a</a><iframe name=a style="width:9px"></iframe>{fill}',
    "form-auto": '<form action="{url}/form" id=f><input name=a autofocus><button autofocus>a</button></form>'
    "<script>{js};f.submit()</script>",
    "form-click": '<form action="{url}/form" method=post><button class=go>a</button></form>{fill}',
    "form-formaction": '<form id=f></form><button class=go form=f formaction="{url}/form" formtarget=_top>a'
    "</button>{fill}",
    "form-image": '<form action="{url}/form" target=_top><input class=go type=image src="{url}/img"></form>{fill}',
    "form-javascript": '<form action="javascript:{js}"><button class=go>a</button></form>{fill}',
    "form-enter": '<form action="{url}/form"><input class=go name=a value=b></form>{fill}',
    "form-dialog": '<dialog open><form method=dialog action="{url}/form"><button class=go>a</button></form>'
    '</dialog>{fill}<img src="{url}/img">',
    "form-required": '<form action="{url}/form"><input required name=a><button class=go>a</button></form>{fill}'
    '<img src="{url}/img">',
    "file-input": '<label class=go>a<input type=file name=a onchange="{js}" onclick="{js}"></label>{fill}',
    # Over the page, beside the page
    "over-fixed": '<div style="position:fixed;inset:-9999px;z-index:2147483647;background:red '
    'url({url}/img)">ATTACK</div>',
    "over-huge": '<div style="position:absolute;left:-5000px;top:-5000px;width:99999px;height:99999px;'
    'z-index:2147483647;transform:scale(99);background:url({url}/img)" onmouseover="{js}">ATTACK</div>',
    "over-dialog": '<dialog open class=go ontoggle="{js}">a<img src="{url}/img"></dialog>{fill}',
    "over-popover": '<button class=go popovertarget=p>a</button><div id=p popover ontoggle="{js}" '
    'style="inset:-999px;background:url({url}/img)">ATTACK</div>{fill}',
    "over-command": "<button class=go commandfor=p command=show-modal>a</button><dialog id=p "
    'ontoggle="{js}">ATTACK<img src="{url}/img"></dialog>{fill}',
    "over-base-style": "<style>*{all:unset!important;pointer-events:auto!important}</style>"
    '<a target=_top class=go href="{url}/page">a</a>{fill}',
    "clobber": "<form id=document name=document><input name=body><input name=title><input name=cookie>"
    "</form><img name=getElementById><a id=parent></a><a id=top href='{url}/page'></a><iframe name=self></iframe>"
    "<img name=currentScript src='{url}/img'><script>{js}</script>",
    "clobber-class": "<div class='s-frame s-when-dark s-waiting' id=canary>ATTACK</div><style>.s-frame,.s-waiting,"
    "#canary,body{display:none!important}</style><img src='{url}/img'><script>{js}</script>",
    "accesskey": '<a accesskey=a href="{url}/page" target=_top>a</a><button accesskey=b onclick="{js}">a'
    '</button><img src="{url}/img">',
}

FILL = "<style>.go{position:fixed;inset:0;width:100%;height:100%;margin:0;padding:0;border:0;display:block}</style>"

# Without the sandbox and the policy, at least these leave a trace as soon as they are shown.
MUST_HIT = """
script-inline script-src script-async script-module script-module-src script-importmap script-data script-svg
script-svg-href script-beacon script-worker script-shadow
on-img-error on-img-load on-svg-load on-svg-begin on-toggle on-animationstart on-transition on-body-load
on-style-load on-media-error on-securitypolicy
frame-src frame-javascript frame-srcdoc frame-srcdoc-encoded frame-nested frameset object-data embed
meta-refresh meta-refresh-noscript meta-csp-loosen meta-referrer base manifest
link-stylesheet link-stylesheet-media link-preload link-preload-imagesrcset link-preload-other link-prefetch
link-modulepreload link-preconnect link-preconnect-body link-preconnect-media link-preconnect-srcdoc
css-import css-import-url css-import-scheme css-background css-list-style css-content css-filter
css-mask css-border-image css-image-set css-variable css-escaped css-font css-keylogger css-scheme
img img-srcset img-crossorigin picture picture-scheme input-image video audio media-source svg-image svg-use
svg-feimage svg-style svg-animate-href table-background body-background
out-iframe out-quotes out-style out-template out-cdata out-null out-doctype out-plaintext out-deep
scheme-attribute scheme-in-tag scheme-comment scheme-closes clobber
""".split()

# With remote=True, at least these are loaded.
MUST_LOAD = """
css-import css-background css-list-style css-content css-mask css-border-image
css-font css-scheme css-import-scheme img img-srcset picture picture-scheme video svg-image table-background
body-background out-doctype out-deep scheme-attribute meta-referrer
""".split()


def write_attack(name: str, *, url: str, wire: str) -> str:
    """The mail of an attack, with addresses that are its own."""
    own = f"{url}/{name}"
    script = f"console.log(`ATTACK:{name}`);fetch(`{own}/js`);top.document.title=`ATTACK`;alert(1)"
    replaced = ATTACKS[name].replace("{js}", script).replace("{fill}", FILL)
    return replaced.replace("{url}", own).replace("{wire}", wire).replace("{host}", f"{name}.attack.test")
