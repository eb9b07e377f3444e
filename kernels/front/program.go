package front

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

func init() {
	// Programs that send JSON as objects do so in these types.
	gob.Register(map[string]any{})
	gob.Register([]any{})
}

// listener hears from the shim what a cell's program puts out: text and displays in one row. What is for GoNB, widgets and input, is passed on to it.
type listener struct {
	ex      *execution
	pipe    string          // GoNB's, for displays
	gonb    *os.File        // the same when open
	encoder *gob.Encoder    // into it
	part    map[byte][]byte // of a stream: the beginning of a character whose end has not come
	feed    *feed           // of the displays
}

// feed is a reader that is given its text piece by piece, and whose giver waits until all of a piece is taken and dealt with.
type feed struct {
	pieces chan []byte
	hungry chan struct{}
	left   []byte
	ended  bool
}

func (f *feed) Read(p []byte) (int, error) {
	if f.ended {
		return 0, io.EOF
	}
	if len(f.left) == 0 {
		f.hungry <- struct{}{}
		piece, ok := <-f.pieces
		if !ok {
			f.ended = true
			return 0, io.EOF
		}
		f.left = piece
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}

// listenTo hears a program out.
func (t *toolServer) listenTo(in *bufio.Reader, c net.Conn, pipe string) {
	t.front.mu.Lock()
	ex := t.front.running
	t.front.mu.Unlock()
	if ex == nil || ex.out == nil {
		return
	}
	l := &listener{ex: ex, pipe: pipe, part: map[byte][]byte{}, feed: &feed{pieces: make(chan []byte), hungry: make(chan struct{})}}
	go l.displays()
	<-l.feed.hungry
	defer func() {
		close(l.feed.pieces)
		if l.gonb != nil {
			l.gonb.Close()
		}
	}()
	for {
		var head [5]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(head[1:])
		if n > 1<<20 {
			t.front.log.Printf("a program's output is not to be understood: a piece of %d bytes", n)
			return
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		switch head[0] {
		case 'o', 'e':
			l.text(head[0], text)
		case 'd':
			l.feed.pieces <- text
			<-l.feed.hungry
		case 'x':
			var end struct {
				Status int
				Signal string
			}
			_ = json.Unmarshal(text, &end)
			l.text('o', nil)
			l.text('e', nil)
			ex.programEnded(end.Status, end.Signal)
			_, _ = c.Write([]byte{0})
			return
		}
	}
}

// text shows a piece of stdout or stderr, whole characters of it; nil is the end.
func (l *listener) text(kind byte, piece []byte) {
	all := append(l.part[kind], piece...)
	cut := len(all)
	if piece != nil {
		for i := 1; i < utf8.UTFMax && i <= len(all); i++ {
			if utf8.RuneStart(all[len(all)-i]) {
				if !utf8.FullRune(all[len(all)-i:]) {
					cut = len(all) - i
				}
				break
			}
		}
	}
	l.part[kind] = bytes.Clone(all[cut:])
	if cut > 0 {
		l.ex.print(map[byte]string{'o': "stdout", 'e': "stderr"}[kind], string(all[:cut]))
	}
}

// displays reads what the program writes for GoNB.
func (l *listener) displays() {
	decoder := gob.NewDecoder(l.feed)
	for {
		var d protocol.DisplayData
		if err := decoder.Decode(&d); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				l.ex.front.log.Printf("reading a program's displays: %v", err)
			}
			_, _ = io.Copy(io.Discard, l.feed) // nothing after it is to be understood, and the program must not wait
			return
		}
		if err := l.display(&d); err != nil {
			l.ex.front.log.Printf("showing a program's display: %v", err)
		}
	}
}

func (l *listener) display(d *protocol.DisplayData) error {
	for _, gonbs := range []protocol.MIMEType{protocol.MIMEJupyterInput, protocol.MIMECommValue, protocol.MIMECommSubscribe} {
		if _, ok := d.Data[gonbs]; ok {
			return l.passOn(d)
		}
	}
	if l.ex.silent {
		return nil
	}
	content := object{"data": d.Data, "metadata": d.Metadata, "transient": object{}}
	if d.Metadata == nil {
		content["metadata"] = object{}
	}
	if d.DisplayID != "" {
		content["transient"] = object{"display_id": d.DisplayID}
	}
	raw, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return l.ex.out.Display(raw)
}

// passOn gives GoNB what is its own affair. It answers a Sync, which so ends when all before it has been shown.
func (l *listener) passOn(d *protocol.DisplayData) error {
	if l.gonb == nil {
		f, err := os.OpenFile(l.pipe, os.O_WRONLY, 0)
		if err != nil {
			return fmt.Errorf("front: passing a program's message on to GoNB: %w", err)
		}
		l.gonb, l.encoder = f, gob.NewEncoder(f)
	}
	return l.encoder.Encode(d)
}
