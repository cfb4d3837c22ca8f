# frozen_string_literal: true

require "openssl"
require "socket"

module Bench
  # The least that a drain can be: everything asked for at once, its bytes thrown away, one STORE and one EXPUNGE.
  # A process of its own; says so when it is ready, and the seconds it took when a line on standard input has let it.
  # Ends with its standard input.
  #
  #     ruby bench/support/floor.rb HOST PORT USER PASSWORD [CA_FILE]
  class Floor
    BLOCK = 1 << 20
    # No line that ends an answer is longer.
    TAIL = 2_000

    def initialize(host, port, user, password, ca_file = nil)
      @socket = connect(host, Integer(port), ca_file)
      @buffer = String.new(capacity: BLOCK)
      @tail = +""
      read_until("\r\n")
      command("LOGIN #{user} #{password}")
      command("SELECT INBOX")
    end

    # @return [void]
    def run(input = $stdin, output = $stdout)
      output.sync = true
      output.puts "ready"
      input.gets
      # What has arrived is to be known to this session, as it is to one that idles.
      command("NOOP")
      start = now
      command("UID FETCH 1:* (BODY.PEEK[])")
      command("UID STORE 1:* +FLAGS.SILENT (\\Seen \\Deleted)")
      command("EXPUNGE")
      output.puts now - start
      input.read
    end

    private

    def connect(host, port, ca_file)
      socket = TCPSocket.new(host, port)
      socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      return socket unless ca_file

      context = OpenSSL::SSL::SSLContext.new
      context.set_params(ca_file: ca_file)
      OpenSSL::SSL::SSLSocket.new(socket, context).tap do |tls|
        tls.hostname = host
        tls.connect
      end
    end

    def command(text)
      @socket.syswrite("t #{text}\r\n")
      answer = read_until(/^t (OK|NO|BAD)[^\r\n]*\r\n\z/)
      raise "#{text.split.first}: #{answer.lines.last}" unless answer.match?(/^t OK/)
    end

    # Looks at the last bytes of each block only, and copies them: what is cut off a String without a copy makes Ruby
    # copy all of it at the next read.
    def read_until(end_of_answer)
      @tail.clear
      loop do
        @socket.sysread(BLOCK, @buffer)
        @tail.clear if @buffer.bytesize >= TAIL
        @tail << @buffer.unpack1("a*", offset: [@buffer.bytesize - TAIL, 0].max)
        return @tail if @tail.match?(end_of_answer)
      end
    end

    def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

Bench::Floor.new(*ARGV).run if $PROGRAM_NAME == __FILE__
