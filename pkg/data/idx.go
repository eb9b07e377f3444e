package data

import (
	"encoding/binary"
	"fmt"
)

// parseIDX reads the format of MNIST's files: 0 0 8 rank, rank big-endian sizes, then as many bytes as their product. values is a part of b.
func parseIDX(b []byte) (dims []int, values []byte, err error) {
	const most = 1 << 31 // values; keeps the product of hostile sizes from overflowing
	if len(b) < 4 {
		return nil, nil, fmt.Errorf("data: reading an IDX file: it is only %d bytes long: the file is cut off", len(b))
	}
	if b[0] != 0 || b[1] != 0 || b[2] != 8 {
		return nil, nil, fmt.Errorf("data: reading an IDX file: it starts with % x where 00 00 08 is expected: it is not an IDX file of bytes", b[:3])
	}
	rank := int(b[3])
	if rank < 1 || rank > 4 {
		return nil, nil, fmt.Errorf("data: reading an IDX file: it claims %d dimensions where 1 to 4 are expected", rank)
	}
	if len(b) < 4+4*rank {
		return nil, nil, fmt.Errorf("data: reading an IDX file: its header ends after %d of %d bytes: the file is cut off", len(b), 4+4*rank)
	}
	count := 1
	for i := range rank {
		size := int(binary.BigEndian.Uint32(b[4+4*i:]))
		if size == 0 || size > most/count {
			return nil, nil, fmt.Errorf("data: reading an IDX file: dimension %d claims size %d: the header is damaged", i+1, size)
		}
		count *= size
		dims = append(dims, size)
	}
	values = b[4+4*rank:]
	if len(values) != count {
		return nil, nil, fmt.Errorf("data: reading an IDX file: %d values follow a header that announces %v, which is %d: the file is damaged", len(values), dims, count)
	}
	return dims, values, nil
}
