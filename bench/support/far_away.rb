# frozen_string_literal: true

require "socket"

module Bench
  # A way to a server that takes its time: every byte arrives later by the same delay, in both directions, and as many
  # as wanted are on the way. A process of its own; tells its port, and ends with its standard input.
  #
  #     ruby bench/support/far_away.rb HOST PORT MILLISECONDS
  #
  # The delay is that of a round trip, half of it each way.
  class FarAway
    BLOCK = 1 << 18

    def initialize(host, port, milliseconds)
      @to = [host, Integer(port)]
      @delay = Float(milliseconds) / 2000
      @server = TCPServer.new("127.0.0.1", 0)
    end

    # Until standard input ends.
    def run
      $stdout.sync = true
      puts @server.addr[1]
      Thread.new { loop { connect(@server.accept) } }
      $stdin.read
    end

    private

    def connect(client)
      server = TCPSocket.new(*@to)
      [client, server].each { |socket| socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1) }
      carry(client, server)
      carry(server, client)
    end

    def carry(from, to)
      return Thread.new { copy(from, to) } if @delay.zero?

      way = Queue.new
      Thread.new { take(from, way) }
      Thread.new { hand_over(way, to) }
    end

    def copy(from, to)
      IO.copy_stream(from, to)
    rescue SystemCallError, IOError
      nil # one of them has gone
    ensure
      close(to)
    end

    # Ends with nothing, which is handed over in its turn too.
    def take(from, way)
      loop do
        bytes = from.readpartial(BLOCK)
        way << [now + @delay, bytes]
      end
    rescue SystemCallError, IOError
      way << [now + @delay, nil]
    end

    def hand_over(way, to)
      loop do
        due, bytes = way.pop
        sleep([due - now, 0].max)
        bytes ? to.write(bytes) : break
      end
      close(to)
    rescue SystemCallError, IOError
      nil # nobody is there to take it
    end

    def close(socket)
      socket.close_write
    rescue SystemCallError, IOError
      nil
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

Bench::FarAway.new(*ARGV).run if $PROGRAM_NAME == __FILE__
