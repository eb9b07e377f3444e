package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// signed are the frames of a message whose parts are given as text.
func signed(key string, identities []string, parts ...string) [][]byte {
	var frames, signature [][]byte
	for _, id := range identities {
		frames = append(frames, []byte(id))
	}
	for _, p := range parts {
		signature = append(signature, []byte(p))
	}
	frames = append(frames, delimiter, sign(key, signature[:min(4, len(signature))]))
	return append(frames, signature...)
}

// A header as JupyterLab writes it: another order, a field that Header does not know.
const foreignHeader = `{ "subshell_id":null,"msg_type":"execute_request","msg_id":"id-1","session":"s","username":"u","date":"2024-01-02T03:04:05Z","version":"5.4"}`

func TestNew(t *testing.T) {
	m, err := New("status", "s", nil, map[string]string{"text": "<b>"})
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Type != "status" || m.Header.Session != "s" || m.Header.ID == "" || m.Header.Version != "5.4" || string(m.Content) != `{"text":"<b>"}` || string(m.Parent) != "{}" || m.ParentID() != "" {
		t.Errorf("%+v", m)
	}
	if _, err := time.Parse(time.RFC3339, m.Header.Date); err != nil {
		t.Error(err)
	}
	other, err := New("status", "s", nil, nil)
	if err != nil || other.Header.ID == m.Header.ID || string(other.Content) != "{}" {
		t.Errorf("%+v, %v", other, err)
	}
	for _, content := range []any{"text", 3, []int{1}, func() {}, json.RawMessage(`{`)} {
		_, err := New("status", "s", nil, content)
		wantWords(t, err, "writing a status")
	}
}

func TestReplyCarriesTheHeaderAsItCame(t *testing.T) {
	request, err := Decode(signed("k", []string{"a", "b"}, foreignHeader, "{}", "null", `{"code":"1"}`, "buffer"), "k")
	if err != nil {
		t.Fatal(err)
	}
	if request.Header.ID != "id-1" || len(request.Identities) != 2 || string(request.Metadata) != "{}" || string(request.Content) != `{"code":"1"}` || string(request.Buffers[0]) != "buffer" {
		t.Errorf("%+v", request)
	}
	reply, err := New("execute_reply", "mine", request, nil)
	if err != nil {
		t.Fatal(err)
	}
	if string(reply.Parent) != foreignHeader || reply.ParentID() != "id-1" || !reflect.DeepEqual(reply.Identities, request.Identities) || reply.Header.Username != "u" {
		t.Errorf("%+v", reply)
	}
	adopted := reply.WithParent(nil).WithParent(request)
	if string(adopted.Parent) != foreignHeader || adopted.Header != reply.Header {
		t.Errorf("%+v", adopted)
	}
	if reply.WithParent(nil).ParentID() != "" || reply.ParentID() != "id-1" {
		t.Error("WithParent changes the message itself")
	}
	request.Header.ID = "changed"
	if again := reply.WithParent(request); again.ParentID() != "changed" {
		t.Errorf("a header that was changed is sent as it was: %s", again.Parent)
	}
}

func TestFramesAndBack(t *testing.T) {
	for _, key := range []string{"", "secret"} {
		m, err := New("display_data", "s", nil, map[string]any{"data": map[string]string{"text/plain": "é\u2028"}})
		if err != nil {
			t.Fatal(err)
		}
		m.Identities, m.Buffers = [][]byte{[]byte("topic")}, [][]byte{{}, {0, 1, 255}}
		frames, err := m.Frames(key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(frames, key)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := back.Frames(key); err != nil || !reflect.DeepEqual(again, frames) {
			t.Errorf("%q became %q, %v", frames, again, err)
		}
	}
	for _, m := range []*Message{{}, {Header: Header{ID: "x"}}, {Header: Header{ID: "x", Type: "y"}, Content: json.RawMessage("[]")}} {
		_, err := m.Frames("k")
		wantWords(t, err, "sending")
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := func() [][]byte { return signed("k", nil, foreignHeader, "{}", "{}", "{}") }
	if _, err := Decode(good(), "k"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		frames [][]byte
		words  string
	}{
		"nothing":       {nil, "delimiter"},
		"no delimiter":  {[][]byte{[]byte("GET / HTTP/1.1")}, "delimiter"},
		"few parts":     {signed("k", nil, foreignHeader, "{}", "{}"), "4 frames"},
		"other key":     {signed("other", nil, foreignHeader, "{}", "{}", "{}"), "signed"},
		"unsigned":      {signed("", nil, foreignHeader, "{}", "{}", "{}"), "signed"},
		"changed":       {append(good()[:5], []byte(`{"code":"rm"}`)), "signed"},
		"cut JSON":      {signed("k", nil, foreignHeader, "{}", "{}", `{"code":`), "content"},
		"list":          {signed("k", nil, foreignHeader, "[]", "{}", "{}"), "parent"},
		"brackets":      {signed("k", nil, foreignHeader, "{}", `{{}`, "{}"), "metadata"},
		"empty":         {signed("k", nil, "", "{}", "{}", "{}"), "header"},
		"null header":   {signed("k", nil, "null", "{}", "{}", "{}"), "msg_id"},
		"no id":         {signed("k", nil, `{"msg_type":"x"}`, "{}", "{}", "{}"), "msg_id"},
		"number for id": {signed("k", nil, `{"msg_id":3,"msg_type":"x"}`, "{}", "{}", "{}"), "header"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Decode(c.frames, "k")
			wantWords(t, err, "reading a message", c.words)
			if m != nil {
				t.Error("a message beside the error")
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("<IDS|MSG>\n\n"+foreignHeader+"\n{}\n{}\n{}"), "")
	f.Add(bytes.Join(signed("k", []string{"id"}, foreignHeader, "null", "{}", `{"a":[1]}`, "b"), []byte("\n")), "k")
	f.Add([]byte("GET / HTTP/1.1\n\n"), "k")
	f.Fuzz(func(t *testing.T, text []byte, key string) {
		m, err := Decode(bytes.Split(text, []byte("\n")), key)
		if (m == nil) == (err == nil) {
			t.Fatal("neither a message nor an error")
		}
		if err != nil {
			return
		}
		frames, err := m.Frames(key)
		if err != nil {
			t.Fatalf("what was read cannot be sent: %v", err)
		}
		back, err := Decode(frames, key)
		if err != nil || back.Header != m.Header || !bytes.Equal(back.Content, m.Content) {
			t.Fatalf("%+v came back as %+v, %v", m, back, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	frames := signed("k", []string{"id"}, foreignHeader, "{}", "{}", `{"text":"`+strings.Repeat("x", 1000)+`"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(frames, "k"); err != nil {
			b.Fatal(err)
		}
	}
}
