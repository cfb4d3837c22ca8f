# frozen_string_literal: true

require "socket"

module Bench
  # A web server that takes every request, throws its body away and says 200: as little work as Ruby can do for it.
  # Tells its port, and for a line on standard input how many it has had, and counts from zero again.
  #
  #     ruby bench/support/http_sink.rb
  class HttpSink
    ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    BLOCK = 1 << 20

    def initialize
      @server = TCPServer.new("127.0.0.1", 0)
      @count = 0
    end

    # Until standard input ends.
    def run
      $stdout.sync = true
      Thread.new { loop { Thread.new(@server.accept) { |socket| serve(socket) } } }
      puts @server.addr[1]
      while $stdin.gets
        puts @count
        @count = 0
      end
    end

    private

    def serve(socket)
      buffer = String.new(capacity: BLOCK)
      while (head = socket.gets("\r\n\r\n"))
        socket.write("HTTP/1.1 100 Continue\r\n\r\n") if head.match?(/^expect: 100/i)
        size = head[/^content-length: (\d+)/i, 1]
        size ? skip(socket, Integer(size), buffer) : chunks(socket)
        @count += 1
        socket.write(ANSWER)
      end
    rescue SystemCallError
      nil # the client has gone
    ensure
      socket.close
    end

    def skip(socket, size, buffer)
      size -= socket.readpartial([size, BLOCK].min, buffer).bytesize while size.positive?
    end

    def chunks(socket)
      loop do
        size = socket.gets("\r\n").hex
        socket.read(size + 2)
        break if size.zero?
      end
    end
  end
end

Bench::HttpSink.new.run if $PROGRAM_NAME == __FILE__
