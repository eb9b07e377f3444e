package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version is the version of Jupyter's protocol that New writes into headers.
const Version = "5.4"

// Header says what a message is and who sent it.
type Header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
}

// Message is one message of Jupyter's protocol.
type Message struct {
	Identities [][]byte // ROUTER's routing prefix; on iopub the topic
	Header     Header
	Parent     json.RawMessage // parent_header, `{}` when none
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte

	raw   json.RawMessage // the header as it came, with fields that Header does not know, since replies carry it back as their parent_header
	rawOf Header          // what raw says; Header differs from it once a caller changed it
}

var (
	delimiter = []byte("<IDS|MSG>")
	none      = json.RawMessage(`{}`)
)

// NewID is a random identifier, in the form of a UUID.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// New is a message with a fresh id and date. It answers parent, which may be nil: it goes to the same peer and names parent's header as its own parent's. Content is anything that JSON
// writes as an object; nil is the empty one.
func New(kind, session string, parent *Message, content any) (*Message, error) {
	m := &Message{
		Header: Header{
			ID: NewID(), Session: session, Username: "kernel", Type: kind, Version: Version,
			Date: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
		},
		Parent: none, Metadata: none, Content: none,
	}
	if parent != nil {
		m.Identities, m.Parent, m.Header.Username = parent.Identities, parent.header(), parent.Header.Username
	}
	if content != nil {
		text, err := encodeJSON(content)
		if err != nil {
			return nil, fmt.Errorf("wire: writing a %s: %w", kind, err)
		}
		m.Content = text
	}
	if !isObject(m.Content) {
		return nil, fmt.Errorf("wire: writing a %s: its content is %.20q: Jupyter expects an object", kind, m.Content)
	}
	return m, nil
}

// encodeJSON is json.Marshal without escapes for HTML, which would swell every display.
func encodeJSON(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// isObject tells by the brackets alone.
func isObject(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) >= 2 && text[0] == '{' && text[len(text)-1] == '}'
}

// Decode reads a message from the frames that a socket received, and believes it only when it is signed with key; without a key any signature will do.
func Decode(frames [][]byte, key string) (*Message, error) {
	bad := func(why string) (*Message, error) {
		return nil, fmt.Errorf("wire: reading a message: %s: leaving it unanswered", why)
	}
	at := -1
	for i, f := range frames {
		if bytes.Equal(f, delimiter) {
			at = i
			break
		}
	}
	if at < 0 {
		return bad("no delimiter <IDS|MSG>")
	}
	rest := frames[at+1:]
	if len(rest) < 5 {
		return bad(fmt.Sprintf("%d frames where signature, header, parent header, metadata and content stand", len(rest)))
	}
	if key != "" && !hmac.Equal(rest[0], sign(key, rest[1:5])) {
		return bad("it is not signed with this kernel's key")
	}
	for i, name := range []string{"header", "parent header", "metadata", "content"} {
		if part := rest[i+1]; !json.Valid(part) || !isObject(part) && string(part) != "null" {
			return bad("its " + name + " is not a JSON object")
		}
	}
	m := &Message{
		Identities: frames[:at:at],
		Parent:     orNone(rest[2]), Metadata: orNone(rest[3]), Content: orNone(rest[4]),
		Buffers: rest[5:],
		raw:     rest[1],
	}
	if err := json.Unmarshal(m.raw, &m.Header); err != nil {
		return bad("its header: " + err.Error())
	}
	if m.Header.ID == "" || m.Header.Type == "" {
		return bad("its header has no msg_id or no msg_type")
	}
	m.rawOf = m.Header
	return m, nil
}

// orNone is an object for what some clients write as null.
func orNone(part []byte) json.RawMessage {
	if part == nil || string(part) == "null" {
		return none
	}
	return part
}

// Frames is the message as a socket sends it, signed with key.
func (m *Message) Frames(key string) ([][]byte, error) {
	parts := [][]byte{m.header(), orNone(m.Parent), orNone(m.Metadata), orNone(m.Content)}
	for _, part := range parts {
		if !isObject(part) {
			return nil, fmt.Errorf("wire: sending a %s: %.20q is not a JSON object: every part of a message must be one", m.Header.Type, part)
		}
	}
	if m.Header.ID == "" || m.Header.Type == "" {
		return nil, errors.New("wire: sending a message: its header has no id or no type: make messages with New")
	}
	frames := make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, delimiter, sign(key, parts))
	frames = append(frames, parts...)
	return append(frames, m.Buffers...), nil
}

// sign is the signature of the four parts, in hexadecimal; it is empty without a key.
func sign(key string, parts [][]byte) []byte {
	if key == "" {
		return nil
	}
	mac := hmac.New(sha256.New, []byte(key))
	for _, part := range parts {
		mac.Write(part)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// header is the header as it came, or as it is now if the caller changed it.
func (m *Message) header() json.RawMessage {
	if m.raw != nil && m.Header == m.rawOf {
		return m.raw
	}
	text, _ := encodeJSON(m.Header) // strings alone: cannot fail
	return text
}

// ParentID is the id of the message that this one answers, "" if there is none.
func (m *Message) ParentID() string {
	var parent Header
	_ = json.Unmarshal(m.Parent, &parent)
	return parent.ID
}

// WithParent is a copy that answers p; a nil p leaves it without a parent.
func (m *Message) WithParent(p *Message) *Message {
	c := *m
	c.Parent = none
	if p != nil {
		c.Parent = p.header()
	}
	return &c
}
