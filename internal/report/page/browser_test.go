//go:build browser

package page_test

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// contrasts measures how well the texts of a page stand out.
//
//go:embed testdata/contrasts.js
var contrasts string

// A browser is one whose profile is new and empty.
type browser struct{ ctx context.Context }

func newBrowser(t *testing.T) browser {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, flags...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return browser{ctx}
}

// A tab shows one page, and keeps what was asked of the network for it.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	asked []string
}

// open shows a page, after what is to be done first.
func (b browser) open(t *testing.T, html string, first ...step) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx)
	t.Cleanup(stop)
	p := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	p.do(first...)
	p.do(chromedp.Navigate((&url.URL{Scheme: "file", Path: file}).String()))
	return p
}

func (p *tab) listen(event any) {
	if e, ok := event.(*network.EventRequestWillBeSent); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked = append(p.asked, e.Request.URL)
	}
}

// A step is something done with a page.
type step = chromedp.Action[chromedp.Void]

func (p *tab) do(steps ...step) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// value is what an expression comes to in the page. The debugger evaluates it,
// which no policy of the page forbids.
func value[T any](p *tab, expression string) T {
	p.t.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// shown reports whether an element takes up room.
func (p *tab) shown(id string) bool {
	p.t.Helper()
	return value[bool](p, fmt.Sprintf("document.getElementById(%q).getClientRects().length > 0", id))
}

func click(selector string) step { return chromedp.Click(chromedp.CSS(selector)) }

func desk() step { return chromedp.EmulateViewport(1280, 800) }

func telephone() step {
	return chromedp.EmulateViewport(360, 740, chromedp.EmulateScale(2), chromedp.EmulateMobile)
}

// media chooses what the page is shown on: "screen" or "print", "light" or "dark".
func media(name, colours string) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: name, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colours}},
		})
		return err
	})
}

func TestAPageLoadsNothingAndRunsNothing(t *testing.T) {
	one := newBrowser(t)
	for name, html := range pages(t) {
		t.Run(name, func(t *testing.T) {
			b := one.open(t, html)
			b.askedForItselfOnly()
			if value[int](b, "document.scripts.length") != 0 {
				t.Error("there are scripts")
			}
		})
	}
}

// Should markup get in after all, the policy stands behind the escaping.
func TestThePolicyStopsWhatGetsIntoAPage(t *testing.T) {
	const intruder = `<script>document.title = "ran"</script><img src="http://127.0.0.1:9/a.png" onerror="document.title = 'ran'">` +
		`<link rel="stylesheet" href="http://127.0.0.1:9/b.css"><style>h1 { display: none }</style><iframe src="http://127.0.0.1:9/c"></iframe>`
	b := newBrowser(t).open(t, strings.Replace(written(t, of(founding(t, 1))), "<main>", "<main>"+intruder, 1))
	if title := value[string](b, "document.title"); title == "ran" {
		t.Error("a script ran")
	}
	if !value[bool](b, `document.querySelector("h1").getClientRects().length > 0`) {
		t.Error("a style that is not the page's was obeyed")
	}
	if images := value[int](b, `performance.getEntriesByType("resource").filter(r => r.responseStatus > 0).length`); images != 0 {
		t.Errorf("%d resources came", images)
	}
}

func (b *tab) askedForItselfOnly() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.asked) != 1 || !strings.HasPrefix(b.asked[0], "file://") {
		b.t.Errorf("the page asked for %q", b.asked)
	}
}

func TestTheBreakingArrowIsOpenAtFirst(t *testing.T) {
	b := newBrowser(t).open(t, written(t, of(founding(t, 1))))
	if !b.shown("c1-a9") || b.shown("c1-a1") {
		t.Error("the details of the arrow at which it broke are not those that are shown")
	}
}

func TestAnArrowOpensByClick(t *testing.T) {
	b := newBrowser(t).open(t, written(t, of(founding(t, 1))), desk())
	b.do(click("#c1-wide1"))
	if !b.shown("c1-a1") || b.shown("c1-a9") {
		t.Error("a click on arrow 1 did not open it and close arrow 9")
	}
	if !value[bool](b, `getComputedStyle(document.querySelector("#c1-wide1 .band")).fill !== getComputedStyle(document.querySelector("#c1-wide2 .band")).fill`) {
		t.Error("nothing marks the arrow that is open")
	}
	b.do(click("#c1-a1 .steps a"))
	if !b.shown("c1-a2") {
		t.Error("Next did not lead on")
	}
	b.do(click(".legend a"))
	if !b.shown("c1-a1") || !b.shown("c1-a12") {
		t.Error("all arrows did not open")
	}
}

func TestAnArrowOfAComparisonOpensOnItsOwnSide(t *testing.T) {
	b := newBrowser(t).open(t, pages(t)["compared"], desk())
	b.do(click("#b-wide2"))
	if !b.shown("b-a2") || b.shown("b-a9") {
		t.Error("a click on the right did not open the arrow there")
	}
	if !b.shown("a-a9") || b.shown("a-a2") {
		t.Error("a click on the right changed what is open on the left")
	}
}

func TestAnArrowOpensByKeyboard(t *testing.T) {
	b := newBrowser(t).open(t, written(t, of(founding(t, 1))), desk())
	b.do(chromedp.Focus(chromedp.CSS("#c1-wide3")), chromedp.KeyEvent(kb.Tab))
	if id := value[string](b, "document.activeElement.id"); id != "c1-wide4" {
		t.Fatalf("Tab leads from arrow 3 to %q", id)
	}
	if stroke := value[string](b, `getComputedStyle(document.querySelector("#c1-wide4 .band")).stroke`); stroke == "none" {
		t.Error("nothing shows which arrow has the focus")
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	if !b.shown("c1-a4") {
		t.Error("Enter did not open arrow 4")
	}
	if id := value[string](b, "document.activeElement.id"); id != "c1-a4" {
		t.Errorf("the focus is on %q, not on what was opened", id)
	}
}

func TestAnArrowOpensOnATelephone(t *testing.T) {
	b := newBrowser(t).open(t, written(t, of(founding(t, 1))), telephone())
	b.do(click("#c1-narrow1"))
	if !b.shown("c1-a1") {
		t.Error("a touch on arrow 1 did not open it")
	}
	if b.shown("c1-wide1") {
		t.Error("the wide ladder is shown as well")
	}
}

func TestNoPageScrollsSidewaysOnATelephone(t *testing.T) {
	one := newBrowser(t)
	for name, html := range pages(t) {
		t.Run(name, func(t *testing.T) {
			b := one.open(t, html, telephone())
			if n := value[int](b, "document.documentElement.scrollWidth"); n > 360 {
				t.Errorf("the page is %d wide", n)
			}
			value[string](b, `location.hash = document.querySelector(".all")?.id ?? ""`)
			if n := value[int](b, "document.documentElement.scrollWidth"); n > 360 {
				t.Errorf("the page is %d wide when all is open", n)
			}
		})
	}
}

// WCAG 2.2, success criterion 1.4.3, asks for 4.5 to 1.
func TestTextStandsOutInLightAndDark(t *testing.T) {
	one := newBrowser(t)
	for _, colours := range []string{"light", "dark"} {
		for name, html := range pages(t) {
			t.Run(name+"/"+colours, func(t *testing.T) {
				b := one.open(t, html, media("screen", colours))
				for _, faint := range value[[]string](b, contrasts) {
					t.Error(faint)
				}
			})
		}
	}
}

func TestDarkIsDarkAndLightIsLight(t *testing.T) {
	b := newBrowser(t).open(t, written(t, of(founding(t, 1))), media("screen", "dark"))
	dark := value[string](b, "getComputedStyle(document.body).backgroundColor")
	b.do(media("screen", "light"))
	light := value[string](b, "getComputedStyle(document.body).backgroundColor")
	if dark != "rgb(21, 24, 27)" || light != "rgb(252, 252, 250)" {
		t.Errorf("dark: %s, light: %s", dark, light)
	}
}

func TestPrintShowsAllDetailsOnWhite(t *testing.T) {
	b := newBrowser(t).open(t, written(t, of(founding(t, 1))), media("print", "dark"))
	for n := 1; n <= 12; n++ {
		if !b.shown(fmt.Sprintf("c1-a%d", n)) {
			t.Errorf("the details of arrow %d are not printed", n)
		}
	}
	if paper := value[string](b, "getComputedStyle(document.body).backgroundColor"); paper != "rgb(255, 255, 255)" {
		t.Errorf("the background is %s", paper)
	}
	for _, faint := range value[[]string](b, contrasts) {
		t.Error(faint)
	}
}
