# frozen_string_literal: true

require "rbconfig"
require "socket"
require_relative "privilege"
require_relative "process"

module Servers
  # A loopback interface of its own, for one program, that can be made to drop every packet: a cable that is cut, where
  # a closed socket would still send a last word. Only root can have one.
  class Network
    # Why it cannot be had here, or nil.
    def self.impossible
      Privilege.lacking("drop packets", %w[unshare nsenter ip tc],
                        "unshare", "--net", "sh", "-c", "ip link set lo up && #{DROP}")
    end

    # A queue that no packet fits into.
    DROP = "tc qdisc replace dev lo root tbf rate 8bit burst 1 limit 1"
    CARRY = "tc qdisc del dev lo root"

    # In the network, and handed over: a socket belongs to the network it was made in.
    LISTEN = 'UNIXSocket.open(ARGV.first) { |socket| socket.send_io(TCPServer.new("127.0.0.1", 0)) }'

    # @return [self]
    def start
      @folder = Folder.new("network")
      @process = Process.new("unshare", "--net", "sh", "-c", "ip link set lo up && exec sleep infinity",
                             output: @folder.join("network.log"))
      @process.start
      Wait.until(what: "a network") { run("ip", "-o", "link", "show", "up").include?("LOOPBACK") }
      self
    end

    # @return [Array<String>] the command that starts a program in it
    def command(*command)
      ["nsenter", "--net=/proc/#{@process.pid}/ns/net", *command]
    end

    # @return [TCPServer] on its loopback interface, and held by this process
    def listener
      @listeners = @listeners.to_i + 1
      UNIXServer.open(@folder.join("listener-#{@listeners}")) do |server|
        child = ::Process.spawn(*command(RbConfig.ruby, "-rsocket", "-e", LISTEN, server.path))
        server.accept.recv_io(TCPServer).tap { ::Process.wait(child) }
      end
    end

    # From now on nothing arrives.
    def drop
      run("sh", "-c", DROP)
    end

    def carry
      run("sh", "-c", CARRY)
    end

    def remove
      @process.kill
      @folder.remove
    end

    private

    def run(*command)
      IO.popen(command(*command), err: %i[child out], &:read)
    end
  end
end
