package codecs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// program is an encoder in WebAssembly. It exports malloc, and encode(pixels, width, height, &size, settings…), which gives the place of a file of so many bytes, or 0.
type program struct {
	name string
	code []byte // zipped
	most int    // pixels of a side

	once     sync.Once
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	failed   error
}

// compile is for the first use.
func (p *program) compile(ctx context.Context) error {
	p.once.Do(func() {
		var code []byte
		zip, err := gzip.NewReader(bytes.NewReader(p.code))
		if err == nil {
			code, err = io.ReadAll(zip)
		}
		p.runtime = wazero.NewRuntime(ctx)
		if err == nil {
			_, err = wasi_snapshot_preview1.Instantiate(ctx, p.runtime)
		}
		if err == nil {
			p.compiled, err = p.runtime.CompileModule(ctx, code)
		}
		p.failed = err
	})
	return p.failed
}

// encode gives the file of an image. Each runs in a memory of its own, which ends with it.
func (p *program) encode(m image.Image, settings ...uint64) ([]byte, error) {
	size := m.Bounds().Size()
	if size.X < 1 || size.Y < 1 || size.X > p.most || size.Y > p.most {
		return nil, fmt.Errorf("a picture of %d×%d pixels: sides must be 1 to %d: give fewer or smaller images", size.X, size.Y, p.most)
	}
	ctx := context.Background()
	if err := p.compile(ctx); err != nil {
		return nil, fmt.Errorf("compiling the encoder: %w", err)
	}
	machine, err := p.runtime.InstantiateModule(ctx, p.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("starting the encoder: %w", err)
	}
	defer machine.Close(ctx)
	call := func(name string, args ...uint64) (uint64, error) {
		results, err := machine.ExportedFunction(name).Call(ctx, args...)
		if err == nil && len(results) != 1 {
			err = errors.New("it gives nothing back")
		}
		if err != nil {
			return 0, fmt.Errorf("the encoder's %s: %w", name, err)
		}
		return results[0], nil
	}
	rgba := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(rgba, rgba.Rect, m, m.Bounds().Min, draw.Src)
	pixels, err := call("malloc", uint64(len(rgba.Pix)))
	if err != nil {
		return nil, err
	}
	length, err := call("malloc", 8)
	if err != nil {
		return nil, err
	}
	memory := machine.Memory()
	if !memory.Write(uint32(pixels), rgba.Pix) || !memory.WriteUint64Le(uint32(length), 0) {
		return nil, errors.New("the picture does not fit into the encoder's memory: give fewer or smaller images")
	}
	place, err := call("encode", append([]uint64{pixels, uint64(size.X), uint64(size.Y), length}, settings...)...)
	if err != nil {
		return nil, err
	}
	n, _ := memory.ReadUint32Le(uint32(length))
	file, ok := memory.Read(uint32(place), n)
	if !ok || n == 0 || place == 0 {
		return nil, errors.New("the encoder gave no file: give fewer or smaller images")
	}
	return bytes.Clone(file), nil
}
