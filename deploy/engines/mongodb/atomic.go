package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

// FerretDB looks for the document and then writes it: two updates of one document may both find it as it was. MongoDB does both at once, and GeRes relies on
// that. So updates of one collection go one after the other: each waits for the answer to the one before.

const (
	header     = 16
	opMsg      = 2013
	body       = header + 4 + 1 // after the flags and the kind of the section
	moreToCome = 2
	largest    = 48_000_000
)

type atomic struct {
	ferretdb    string
	collections sync.Map
}

func (a *atomic) serve(listener net.Listener) error {
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go a.relay(client)
	}
}

func (a *atomic) relay(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", a.ferretdb)
	if err != nil {
		return
	}
	defer server.Close()
	for a.exchange(client, server) == nil {
	}
}

// One question and its answer.
func (a *atomic) exchange(client, server net.Conn) error {
	question, err := message(client)
	if err != nil {
		return err
	}
	if name, ok := changed(question); ok {
		lock, _ := a.collections.LoadOrStore(name, &sync.Mutex{})
		lock.(*sync.Mutex).Lock()
		defer lock.(*sync.Mutex).Unlock()
	}
	answer, err := answerTo(question, server)
	if err != nil {
		return err
	}
	_, err = client.Write(answer)
	return err
}

// None to a question that wants none.
func answerTo(question []byte, server net.Conn) ([]byte, error) {
	if questions := alone(question); len(questions) > 0 {
		answers := make([][]byte, 0, len(questions))
		for _, one := range questions {
			answer, err := answerTo(one, server)
			if err != nil {
				return nil, err
			}
			answers = append(answers, answer)
		}
		return together(answers)
	}
	if _, err := server.Write(question); err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(question[12:]) == opMsg && len(question) > header && question[header]&moreToCome != 0 {
		return nil, nil
	}
	return message(server)
}

func message(from io.Reader) ([]byte, error) {
	size := make([]byte, 4)
	if _, err := io.ReadFull(from, size); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(size)
	if length < header || length > largest {
		return nil, io.ErrUnexpectedEOF
	}
	whole := make([]byte, length)
	copy(whole, size)
	_, err := io.ReadFull(from, whole[4:])
	return whole, err
}

// The collection of an update.
func changed(question []byte) (string, bool) {
	switch name, collection := command(question); name {
	case "update", "findAndModify", "delete":
		return collection, true
	}
	return "", false
}

// The first element of the command's document: its name, with the collection's. Empty for a command that is not about a collection.
func command(question []byte) (name, collection string) {
	if binary.LittleEndian.Uint32(question[12:]) != opMsg || len(question) < body+5 || question[body-1] != 0 || question[body+4] != 2 {
		return "", ""
	}
	rest := question[body+5:]
	end := bytes.IndexByte(rest, 0)
	if end < 0 || len(rest) < end+5 {
		return "", ""
	}
	value := rest[end+5:]
	stop := bytes.IndexByte(value, 0)
	if stop < 0 {
		return "", ""
	}
	return string(rest[:end]), string(value[:stop])
}
