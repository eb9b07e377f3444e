package front_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

// bundle is the content of what is displayed.
type bundle struct {
	Data      map[string]json.RawMessage
	Metadata  map[string]any
	Transient struct {
		ID string `json:"display_id"`
	}
	Count int `json:"execution_count"`
}

func (r result) bundles(t testing.TB, kind string) (all []bundle) {
	t.Helper()
	for _, m := range r.of(kind) {
		var b bundle
		content(t, m, &b)
		all = append(all, b)
	}
	return all
}

// text is a value of a bundle that is a string.
func (b bundle) text(mime string) (s string) {
	_ = json.Unmarshal(b.Data[mime], &s)
	return s
}

const gonbui = "import (\n\t\"github.com/janpfeifer/gonb/gonbui\"\n\t\"github.com/janpfeifer/gonb/gonbui/protocol\"\n)\n\nvar _ protocol.MIMEType\n\n"

// Values whose type ends in +json are objects, others are strings; metadata is an object.
func TestDisplayData(t *testing.T) {
	k := shared(t)
	r := k.run(t, gonbui+`%%
gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
	"application/vnd.test.v1+json": "{\"a\": [1, 2]}",
	"application/json":             "{\"b\": 1}",
	"text/plain":                   "{\"c\": 1}",
}})
gonbui.DisplayHTML("<b>bold</b>")
gonbui.DisplayMarkdown("*it*")
_ = gonbui.DisplayImage(image.NewGray(image.Rect(0, 0, 2, 2)))`)
	all := r.bundles(t, "display_data")
	if r.Status != "ok" || len(all) != 4 {
		t.Fatalf("%s", r)
	}
	for mime, want := range map[string]string{"application/vnd.test.v1+json": `{"a": [1, 2]}`, "application/json": `{"b": 1}`, "text/plain": `"{\"c\": 1}"`} {
		if got := all[0].Data[mime]; string(got) != want && string(got) != strings.ReplaceAll(want, ": ", ":") && string(got) != strings.NewReplacer(`": `, `":`, ", ", ",").Replace(want) {
			t.Errorf("%s is %s, want %s", mime, got, want)
		}
	}
	if all[1].text("text/html") != "<b>bold</b>" || all[2].text("text/markdown") != "*it*" || !strings.HasPrefix(all[3].text("image/png"), "iVBOR") {
		t.Errorf("%s", r)
	}
	for i, b := range all {
		if b.Metadata == nil {
			t.Errorf("display %d has no metadata", i)
		}
	}
}

// What a program displays is shown whole, also when it ends right after it, without gonbui.Sync.
func TestDisplayAtTheEnd(t *testing.T) {
	k := shared(t)
	for range 5 {
		r := k.run(t, gonbui+"%%\nfor i := range 20 {\n\tgonbui.DisplayHTML(fmt.Sprint(i))\n}")
		if n := len(r.of("display_data")); r.Status != "ok" || n != 20 {
			t.Errorf("%s: %d of 20 displays are shown", r.Status, n)
		}
	}
}

// Streams and displays come in the order in which the program made them.
func TestDisplayOrder(t *testing.T) {
	k := shared(t)
	r := k.run(t, gonbui+`%%
for i := range 20 {
	fmt.Printf("%d\n", i)
	gonbui.DisplayHTML(fmt.Sprint(i))
	gonbui.Sync()
	if i%5 == 4 {
		println("e", i)
		time.Sleep(100 * time.Millisecond) // between stdout and stderr there is nothing to tell which came first
	}
}
fmt.Println("end")`)
	var got strings.Builder
	for _, m := range r.outputs {
		var b struct {
			Text string
			Data map[string]string
		}
		content(t, m, &b)
		fmt.Fprintf(&got, "%s%s ", strings.ReplaceAll(b.Text, "\n", ","), b.Data["text/html"])
	}
	var want strings.Builder
	for i := range 20 {
		fmt.Fprintf(&want, "%d, %d ", i, i)
		if i%5 == 4 {
			fmt.Fprintf(&want, "e %d, ", i)
		}
	}
	want.WriteString("end, ")
	if got.String() != want.String() {
		t.Errorf("got  %s\nwant %s\n%s", got.String(), want.String(), r)
	}
}

// A display that is updated is shown once, then in place, at most a few times a second, the last state always; another run gives it another id.
func TestDisplayUpdates(t *testing.T) {
	k := shared(t)
	code := gonbui + `%%
begin := time.Now()
for i := range 100 {
	gonbui.UpdateHTML("plot", fmt.Sprint("state ", i))
	gonbui.UpdateHTML("other", fmt.Sprint("other ", i))
	time.Sleep(10 * time.Millisecond)
}
fmt.Println(time.Since(begin).Seconds())`
	ids := map[string]bool{}
	for run := range 2 {
		r := k.run(t, code)
		first, updates := r.bundles(t, "display_data"), r.bundles(t, "update_display_data")
		if r.Status != "ok" || len(first) != 2 || len(updates) == 0 {
			t.Fatalf("%s", r)
		}
		var seconds float64
		if _, err := fmt.Sscan(r.stream("stdout"), &seconds); err != nil {
			t.Fatal(err)
		}
		last := map[string]string{}
		for _, u := range updates {
			last[u.Transient.ID] = u.text("text/html")
		}
		for _, b := range first {
			if id := b.Transient.ID; id == "" || ids[id] {
				t.Errorf("run %d: the display's id is %q, those so far %v", run, id, ids)
			}
			ids[b.Transient.ID] = true
			if want := strings.Fields(b.text("text/html"))[0] + " 99"; last[b.Transient.ID] != want {
				t.Errorf("run %d: the last update shows %q, want %q", run, last[b.Transient.ID], want)
			}
		}
		if most := 2 * (int(seconds*6) + 3); len(updates) > most {
			t.Errorf("run %d: %d updates in %.1f s", run, len(updates), seconds)
		}
		t.Logf("200 updates in %.1f s were shown as %d", seconds, len(updates))
	}
}

// 10 MB of output come whole; of 100 MB the beginning and the end come, and a note.
func TestMuchOutput(t *testing.T) {
	k := shared(t)
	print := func(mb int) (result, time.Duration) {
		begin := time.Now()
		r := k.run(t, fmt.Sprintf("w := bufio.NewWriter(os.Stdout)\ndefer w.Flush()\nfor i := range %d {\n\tfmt.Fprintf(w, \"%%08d %%s\\n\", i, strings.Repeat(\"x\", 90))\n}", mb*10_000))
		return r, time.Since(begin)
	}
	r, took := print(10)
	text := r.stream("stdout")
	if r.Status != "ok" || len(text) != 10_000_000 {
		t.Fatalf("%s %s: %d bytes", r.Status, r.Evalue, len(text))
	}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if !strings.HasPrefix(line, fmt.Sprintf("%08d x", i)) || len(line) != 99 {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	t.Logf("10 MB took %v", took)
	if testing.Short() {
		t.Skip("100 MB take a while")
	}
	r, took = print(100)
	text = r.stream("stdout")
	if r.Status != "ok" || len(text) > 20_000_000 || !strings.Contains(text, "left out") || !strings.Contains(text, "\n00999999 x") || !strings.HasPrefix(text, "00000000 x") {
		t.Errorf("%s %s: %d bytes, which end in %q", r.Status, r.Evalue, len(text), text[max(0, len(text)-300):])
	}
	t.Logf("100 MB took %v", took)
	if got := k.ok(t, "fmt.Println(1)"); got != "1\n" {
		t.Errorf("then %q", got)
	}
}

// A cell's last expression is shown as its value: pictures, texts, (value, error); nothing for calls whose results nobody wants.
func TestValues(t *testing.T) {
	k := shared(t)
	k.ok(t, "type Sea struct{ Depth int }\n\nfunc (s Sea) String() string { return fmt.Sprint(\"sea of \", s.Depth) }\n\nfunc try(ok bool) (Sea, error) {\n\tif ok {\n\t\treturn Sea{7}, nil\n\t}\n\treturn Sea{}, errors.New(\"no sea\")\n}")
	for _, c := range []struct{ name, code, mime, want string }{
		{"number", "1 + 2", "text/plain", "3"},
		{"string", `strings.Repeat("ab", 2)`, "text/plain", "abab"},
		{"picture", "image.NewRGBA(image.Rect(0, 0, 3, 2))", "image/png", "iVBOR"},
		{"picture behind an interface", "var m image.Image = image.NewGray(image.Rect(0, 0, 3, 2))\nm", "image/png", "iVBOR"},
		{"Stringer", "Sea{5}", "text/plain", "sea of 5"},
		{"slice", "[]int{1, 2, 3}", "text/plain", "1"},
		{"value and no error", "try(true)", "text/plain", "sea of 7"},
		{"variable", "x := 42\nx", "text/plain", "42"},
		{"nil", "var p *int\np", "text/plain", "nil"},
		{"table", "[]Sea{{1}, {2}}", "text/plain", "sea of 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := k.run(t, c.code)
			all := r.bundles(t, "execute_result")
			if r.Status != "ok" || len(all) != 1 || !strings.Contains(all[0].text(c.mime), c.want) || all[0].text("text/plain") == "" || all[0].Count != r.Count || all[0].Metadata == nil {
				t.Errorf("%s", r)
			}
		})
	}
	for _, code := range []string{"fmt.Println(1)", "x := 1\n_ = x", "fmt.Fprintln(os.Stderr, 1)", "var b strings.Builder\nb.WriteString(\"x\")", "1 + 1;", "copy([]int{1}, []int{2})"} {
		r := k.run(t, code)
		if strings.HasSuffix(code, ";") && len(r.of("execute_result")) == 0 { // a semicolon may hide the value or not
			continue
		}
		if want := strings.HasSuffix(code, ";"); r.Status != "ok" || len(r.of("execute_result")) != 0 && !want {
			t.Errorf("%q: %s", code, r)
		}
	}
	r := k.run(t, "fmt.Println(\"before\")\ntry(false)")
	if r.Status != "error" || r.Evalue != "no sea" || len(r.of("execute_result")) != 0 || r.stream("stdout") != "before\n" {
		t.Errorf("(value, error): %s", r)
	}
	if r := k.runWith(t, "1", wire.Options{Silent: true}); len(r.outputs) != 0 {
		t.Errorf("silent: %s", r)
	}
}

// A form feed begins a new page: what came before goes when something new is shown.
func TestFormFeedClears(t *testing.T) {
	r := shared(t).run(t, `fmt.Print("first\fsecond")`)
	var kinds []string
	for _, m := range r.outputs {
		kinds = append(kinds, m.Header.Type+" "+string(m.Content))
	}
	want := []string{`stream {"name":"stdout","text":"first"}`, `clear_output {"wait":true}`, `stream {"name":"stdout","text":"second"}`}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q", kinds)
	}
}
