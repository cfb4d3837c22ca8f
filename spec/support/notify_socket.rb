# frozen_string_literal: true

require "securerandom"
require "socket"
require_relative "servers/folder"
require_relative "wait"

# The service manager's end of sd_notify(3), as systemd has it: what was told, and by which process.
class NotifySocket
  # What a datagram said, and whose it was.
  Told = Struct.new(:text, :pid)

  # In /usr/include/asm-generic/socket.h and linux/socket.h; Ruby has no names for them everywhere.
  PASS_CREDENTIALS = 16
  CREDENTIALS = 2

  # @return [String] for `NOTIFY_SOCKET`
  attr_reader :name

  # @return [Array<Told>] all so far, as of the last look
  attr_reader :told

  # @param abstract [Boolean] whether it has a name instead of a path
  def initialize(abstract: false)
    @folder = Servers::Folder.new("notify")
    @name = abstract ? "@mail_room-#{SecureRandom.hex(8)}" : @folder.join("socket")
    @socket = Socket.new(:UNIX, :DGRAM)
    @socket.setsockopt(Socket::SOL_SOCKET, PASS_CREDENTIALS, 1)
    @socket.bind(Socket.sockaddr_un(@name.sub(/\A@/, "\0")))
    @told = []
  end

  # @return [Array<Told>] those whose text matches
  def grep(pattern)
    while (message = @socket.recvmsg_nonblock(exception: false)) != :wait_readable
      text, _, _, *controls = message
      credentials = controls.find { |control| control.type == CREDENTIALS }
      @told << Told.new(text, credentials&.data&.unpack1("i"))
    end
    told.select { |one| one.text.match?(pattern) }
  end

  # @return [Told] the first that matches
  # @raise [Wait::TimedOut]
  def wait_for(pattern, limit = 15)
    Wait.until(limit, what: "the service manager to be told #{pattern.inspect}", detail: -> { told.inspect }) do
      grep(pattern).first
    end
  end

  def remove
    @socket.close
    @folder.remove
  end
end
