# frozen_string_literal: true

require "socket"

module Servers
  # A port on which the kernel drops whatever asks for a connection, as a firewall does: somebody listens there, but
  # takes nobody from the queue, and the queue is full.
  class DeafPort
    # Far more than the queue holds.
    ATTEMPTS = 16

    def initialize
      @server = Socket.new(:INET, :STREAM)
      @server.bind(Addrinfo.tcp("127.0.0.1", 0))
      @server.listen(0)
      @waiting = Array.new(ATTEMPTS) { knock }
    end

    # @return [Integer]
    def port
      @server.local_address.ip_port
    end

    def remove
      [@server, *@waiting].each(&:close)
    end

    private

    def knock
      Socket.new(:INET, :STREAM).tap { |socket| socket.connect_nonblock(@server.local_address, exception: false) }
    end
  end
end
