package show

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// A bundle goes through a pipe to GoNB, which decodes it with encoding/gob and hands it to Jupyter with encoding/json: what arrives must be objects.
func TestBundleReachesJupyterAsObjects(t *testing.T) {
	f := clusters(50)
	f.Images = rings(len(f.X))
	d, err := bundle(f, true)
	if err != nil {
		t.Fatal(err)
	}
	var pipe bytes.Buffer
	if err := gob.NewEncoder(&pipe).Encode(d); err != nil {
		t.Fatal(err)
	}
	var got protocol.DisplayData
	if err := gob.NewDecoder(&pipe).Decode(&got); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"data": got.Data, "metadata": got.Metadata})
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		Data struct {
			Vega  map[string]any `json:"application/vnd.vegalite.v5+json"`
			PNG   []byte         `json:"image/png"`
			Plain string         `json:"text/plain"`
		} `json:"data"`
		Metadata map[string]struct{ Width, Height int } `json:"metadata"`
	}
	if err := json.Unmarshal(text, &message); err != nil {
		t.Fatal(err)
	}
	if message.Data.Vega["layer"] == nil {
		t.Error("the Vega-Lite form has no layers")
	}
	if size := decode(t, message.Data.PNG).Bounds().Size(); size.X != 1400 || message.Metadata["image/png"].Width != 700 || message.Metadata["image/png"].Height*2 != size.Y {
		t.Errorf("a picture of %v is to be shown at %v, want half of it", size, message.Metadata)
	}
	if message.Data.Plain != "[t-SNE of VAE codes: scatter: 500 points]" {
		t.Errorf("text/plain is %q", message.Data.Plain)
	}
}

// One figure must not make a notebook of several megabytes.
func TestBundleStaysSmall(t *testing.T) {
	cloud := clusters(1000)
	cloud.Images = rings(len(cloud.X))
	x, y := falling(20000, 85)
	for name, fig := range map[string]Figure{"cloud": cloud, "curves": Curves{Series: []Series{{X: x, Y: y}, {X: x, Y: shifted(y, 2)}, {X: x, Y: shifted(y, 9)}}}} {
		d, err := bundle(fig, true)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(d.Data)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 300<<10 || d.Data[vegaLite] == nil {
			t.Errorf("%s: %d bytes, interactive form %t; want both forms in less than 300 kB", name, len(text), d.Data[vegaLite] != nil)
		}
	}
}

func TestTableBundle(t *testing.T) {
	d, err := bundle(comparison(), true)
	if err != nil {
		t.Fatal(err)
	}
	if d.Data[protocol.MIMEImagePNG] != nil {
		t.Error("a table should be text that can be selected, not a picture")
	}
	html, markdown, plain := d.Data[protocol.MIMETextHTML].(string), d.Data[protocol.MIMETextMarkdown].(string), d.Data[protocol.MIMETextPlain].(string)
	for _, c := range []struct{ form, text, want string }{
		{"html", html, `<td align="right" style="text-align: right"><b>80.10</b></td>`},
		{"html", html, `<td align="left" style="text-align: left">10-neighbour table</td><td align="right" style="text-align: right">–</td>`},
		{"markdown", markdown, "| :-- | --: | --: | --: | :-: |\n"},
		{"markdown", markdown, "| **Gated PixelCNN** | **80.10** | **85.10** | **304,304** | **near** |\n"},
		{"plain", plain, "PixelCNN                81.30     86.02     204,304    near\n"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s misses %q:\n%s", c.form, c.want, c.text)
		}
	}
}

// A cell's text is a stranger's: it must not become markup.
func TestTableEscapes(t *testing.T) {
	f := Table{Title: "<b>", Cols: []Col{{Name: "a|b"}}, Rows: [][]any{{"<script>alert(1)</script>"}, {"x*y_z`"}}}
	html, err := f.HTML()
	if err != nil {
		t.Fatal(err)
	}
	markdown, err := f.Markdown()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(html, "<script>") || strings.Contains(html, "<b>") || strings.Contains(markdown, "<script>") {
		t.Errorf("markup passed:\n%s\n%s", html, markdown)
	}
	if !strings.Contains(markdown, `a\|b`) || !strings.Contains(markdown, "x\\*y\\_z\\`") {
		t.Errorf("not escaped:\n%s", markdown)
	}
}

// fakeLive is a Live with a clock to turn and a record of what it sent.
func fakeLive() (l *Live, now *time.Time, sent *[]*protocol.DisplayData) {
	now, sent = new(time.Time), new([]*protocol.DisplayData)
	*now = time.Unix(1000, 0)
	l = NewLive()
	l.now = func() time.Time { return *now }
	l.send = func(d *protocol.DisplayData) error { *sent = append(*sent, d); return nil }
	return l, now, sent
}

func TestLive(t *testing.T) {
	l, now, sent := fakeLive()
	y := []float64{1}
	for range 1000 { // Ten seconds of updates, a hundred a second.
		y = append(y, 1/float64(len(y)))
		if err := l.Update(Curves{Series: []Series{{Y: y}}}); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(10 * time.Millisecond)
	}
	if n := len(*sent); n < 38 || n > 40 {
		t.Errorf("%d updates in ten seconds, want four a second", n)
	}
	for i, d := range *sent {
		if d.DisplayID != l.id || d.DisplayID == "" {
			t.Fatalf("update %d has the id %q, want the live's own, %q", i, d.DisplayID, l.id)
		}
		if d.Data[vegaLite] != nil {
			t.Fatalf("update %d is interactive: that is for the last alone", i)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	last := (*sent)[len(*sent)-1]
	if last.Data[protocol.MIMETextPlain] != "[curves: 1 series, 1001 points]" || last.Data[vegaLite] == nil {
		t.Errorf("the last shown is %v, interactive %t; want the last update, interactive", last.Data[protocol.MIMETextPlain], last.Data[vegaLite] != nil)
	}
	n := len(*sent)
	if err := errors.Join(l.Markdown("late"), l.Flush(), l.Close()); err != nil || len(*sent) != n {
		t.Errorf("after Close: error %v, %d more updates", err, len(*sent)-n)
	}
}

func TestLiveHoldsBackAndFlushes(t *testing.T) {
	l, now, sent := fakeLive()
	if !l.Due() {
		t.Error("the first update is not due")
	}
	for _, text := range []string{"one", "two", "three"} {
		if err := l.Markdown(text); err != nil {
			t.Fatal(err)
		}
	}
	if len(*sent) != 1 || l.Due() {
		t.Fatalf("%d shown and due %t, want the first and nothing due", len(*sent), l.Due())
	}
	if err := l.Flush(); err != nil || len(*sent) != 2 || (*sent)[1].Data[protocol.MIMETextMarkdown] != "three" {
		t.Fatalf("Flush: error %v, shown %v", err, *sent)
	}
	*now = now.Add(time.Second)
	if !l.Due() {
		t.Error("nothing is due after a second")
	}
	if err := l.Update(Curves{}); err == nil {
		t.Error("a figure without series was shown")
	}
}

// Drawing must leave the machine to the training: a slow figure comes less often.
func TestLiveSlowsDown(t *testing.T) {
	l, now, sent := fakeLive()
	for range 1000 {
		err := l.update(nil, func() (*protocol.DisplayData, error) {
			*now = now.Add(200 * time.Millisecond)
			return &protocol.DisplayData{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		*now = now.Add(10 * time.Millisecond)
	}
	if n := len(*sent); n < 3 || n > 6 { // Every 200 ms × (12 + 1).
		t.Errorf("%d updates of 0.2 s each in ten seconds of work", n)
	}
}

func TestLiveIDs(t *testing.T) {
	if a, b := NewLive(), NewLive(); a.id == b.id {
		t.Errorf("two lives share the id %q", a.id)
	}
}

// Outside of a notebook a Live costs nothing and does not even look at the figure.
func TestLiveOutsideNotebook(t *testing.T) {
	l := NewLive()
	if l.Due() {
		t.Error("an update is due")
	}
	if err := errors.Join(l.Update(Curves{}), l.Markdown(""), l.HTML("", ""), l.Flush(), l.Close()); err != nil {
		t.Error(err)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "grid.png")
	if err := Save(Grid{Images: rings(2)}, path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, data)
	for _, c := range []struct {
		fig        Figure
		path, want string
	}{
		{Curves{}, path, "there are no series"},
		{Grid{Images: rings(2)}, filepath.Join(dir, "grid.svg"), "end the name in .png"},
		{Grid{Images: rings(2)}, filepath.Join(path, "in-a-file.png"), "show: saving"},
		{nil, path, "the figure is nil"},
	} {
		if err := Save(c.fig, c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(after, data) {
		t.Errorf("a failed save changed the file: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestTextInput(t *testing.T) {
	for name, err := range map[string]error{
		"an equation: it is empty":         Equation(" "),
		"leave the dollar signs out":       Equation("$x$"),
		"Markdown: the text is empty":      Markdown(""),
		"HTML: it is empty":                HTML("", ""),
		"cannot show a int":                Images(3),
		"displaying a figure: it is nil":   Display(nil),
		"cannot show a <nil>":              Images(nil),
		"a grid: there are no images":      Images([]image.Image{}),
		"a grid \"x\": there are no image": Images([]image.Image{}, Titled("x")),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}
