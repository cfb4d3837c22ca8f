# frozen_string_literal: true

require "socket"

module Bench
  # Waits for EXISTS by IDLE and does nothing about it.
  class BareClient
    # @param mailbox [Place::Mailbox]
    def initialize(mailbox)
      @socket = TCPSocket.new(mailbox.host, mailbox.port)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      @socket.gets
      command("LOGIN #{mailbox.user} #{mailbox.password}")
      command("SELECT INBOX")
      idle
    end

    # @return [void] when it has come
    def wait
      nil until @socket.gets.match?(/\A\* \d+ EXISTS/)
    end

    # IDLEs again.
    def rest
      @socket.write("DONE\r\n")
      nil until @socket.gets.start_with?("t ")
      idle
    end

    def remove
      @socket.close
    end

    private

    def idle
      @socket.write("t IDLE\r\n")
      nil until @socket.gets.start_with?("+ ")
    end

    def command(text)
      @socket.write("t #{text}\r\n")
      nil until @socket.gets.start_with?("t OK")
    end
  end
end
