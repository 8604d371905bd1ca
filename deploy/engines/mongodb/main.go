// MongoDB's wire protocol for tests: FerretDB on a throw-away PostgreSQL.
package main

import (
	"context"
	"flag"
	"log"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "address to listen on")
	postgresql := flag.String("postgresql", "", "connection string of the PostgreSQL that keeps the data")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:      ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:        slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:       "postgresql",
		PostgreSQLURL: *postgresql,
	})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		uri, err := url.Parse(server.MongoDBURI())
		if err != nil {
			log.Fatal(err)
		}
		log.Fatal((&atomic{ferretdb: uri.Host}).serve(listener))
	}()
	if err := server.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
