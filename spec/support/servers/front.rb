# frozen_string_literal: true

require "socket"
require_relative "ports"

module Servers
  # Stands in front of a real server, on a port of its own, and passes everything on, until it is told to misbehave in
  # a way the real one does not:
  #
  #   front = Servers::Front.new(redis.port).start
  #   front.misbehave { |client| client.write("+garbage\n") } # every connection from now on; those that were are cut
  #   front.behave                                            # well again
  #   front.hold(/UID STORE/)                                 # passes on what comes before; from there on, silence
  class Front
    # Bytes that are passed on at once.
    CHUNK = 65_536

    # Ends a connection as a crash would.
    # @param socket [TCPSocket]
    def self.reset(socket)
      socket.setsockopt(Socket::SOL_SOCKET, Socket::SO_LINGER, [1, 0].pack("ii"))
      socket.close
    rescue IOError, SystemCallError
      nil
    end

    attr_reader :port

    # @param target [Integer, nil] port of the real server; without one every connection is closed while it behaves
    def initialize(target = nil)
      @target = target
      @port = Ports.free
      @lock = Mutex.new
      @threads = []
      @sockets = []
      @connections = 0
      @held = []
      @cuts = false
    end

    # @param server [TCPServer] in another network, for example
    # @return [self]
    def start(server = TCPServer.new("127.0.0.1", @port))
      @server = server
      @port = server.local_address.ip_port
      @acceptor = background { loop { take(@server.accept) } }
      self
    end

    def remove
      @acceptor&.kill&.join
      @server&.close
      cut
      @lock.synchronize { @threads.dup }.each { |thread| thread.kill.join }
    end

    # @return [Integer] how many connections were accepted so far
    def connections
      @lock.synchronize { @connections }
    end

    # Connections from now on are given to the block, and closed when it returns.
    # @yieldparam client [TCPSocket]
    def misbehave(&block)
      @lock.synchronize { @block = block }
      cut
    end

    # Accepts, and never says a word.
    def silence
      misbehave { |client| IO.copy_stream(client, IO::NULL) }
    end

    # Passes on again.
    def behave
      @lock.synchronize { @block = @pattern = nil }
      @cuts = false
      cut
    end

    # From the first bytes of a client that match, its connection is silent in both directions.
    # @param pattern [Regexp] within one piece of what a client sends
    def hold(pattern)
      @lock.synchronize { @pattern = pattern }
    end

    # The same, but the connection is cut there.
    def cut_at(pattern)
      @lock.synchronize { @pattern = pattern }
      @cuts = true
    end

    # @return [Array<String>] what was held back, as far as it was read
    def held
      @lock.synchronize { @held.dup }
    end

    # Ends all connections, by a reset.
    def cut
      @lock.synchronize { @sockets.slice!(0..) }.each { |socket| self.class.reset(socket) }
    end

    private

    def take(client)
      block = @lock.synchronize do
        @connections += 1
        @sockets << client
        @block
      end
      background(client) { block ? block.call(client) : pass_on(client) }
    end

    # @param client [TCPSocket, nil] closed in the end
    def background(client = nil)
      thread = Thread.new do
        yield
      rescue IOError, SystemCallError
        nil # cut, or the other side has gone
      ensure
        close(client)
      end
      thread.report_on_exception = false
      @lock.synchronize { @threads << thread }
      thread
    end

    def pass_on(client)
      return unless @target

      server = TCPSocket.new("127.0.0.1", @target)
      @lock.synchronize { @sockets << server }
      back = background { copy(server, client) }
      copy(client, server) { |bytes| end_here(bytes) if ends?(bytes) }
    ensure
      back&.kill&.join
      close(server)
    end

    def copy(from, to)
      loop do
        bytes = from.readpartial(CHUNK)
        yield bytes if block_given?
        to.write(bytes)
      end
    end

    def ends?(bytes)
      @lock.synchronize { @pattern&.match?(bytes) }
    end

    def end_here(bytes)
      @lock.synchronize { @held << bytes }
      raise IOError, "cut" if @cuts

      sleep
    end

    def close(socket)
      socket&.close
    rescue IOError, SystemCallError
      nil
    end
  end
end
