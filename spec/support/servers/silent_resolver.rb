# frozen_string_literal: true

require "socket"
require_relative "folder"
require_relative "privilege"

module Servers
  # A DNS server that takes questions and never answers, and the way to start a program that asks it: in a mount
  # namespace of its own, where /etc/resolv.conf names it. Only root can do that.
  class SilentResolver
    # Where resolvers are asked, and there is no other way to say it.
    PORT = 53

    # Names another resolver: the first argument.
    BIND = 'mount --bind "$1" /etc/resolv.conf'

    # Why it cannot be had here, or nil.
    def self.impossible
      Privilege.lacking("change /etc/resolv.conf for one process", %w[unshare mount],
                        "unshare", "--mount", "sh", "-c", BIND, "sh", __FILE__)
    end

    # @return [self]
    def start
      @socket = UDPSocket.new
      @address = "127.53.#{rand(1..254)}.#{rand(1..254)}"
      @socket.bind(@address, PORT)
      @folder = Folder.new("resolver")
      # As long as the system's resolver can be made to wait: five times half a minute.
      @config = @folder.write("resolv.conf", "nameserver #{@address}\noptions timeout:30 attempts:5\n", mode: 0o644)
      self
    end

    # @param command [Array<String>] a program and its arguments
    # @return [Array<String>] the same, asking here
    def command(*command)
      ["unshare", "--mount", "sh", "-c", "#{BIND} && shift && exec \"$@\"", "sh", @config, *command]
    end

    # @return [String] the questions so far that nobody has looked at, as they came
    def questions
      text = +""
      loop { text << @socket.recv_nonblock(1500) }
    rescue IO::WaitReadable
      text
    end

    def remove
      @socket.close
      @folder.remove
    end
  end
end
