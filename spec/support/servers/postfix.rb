# frozen_string_literal: true

require "net/smtp"
require_relative "postfix_config"
require_relative "privilege"
require_relative "server"

module Servers
  # A private Postfix, as somebody sets it up for GitLab: one mailbox for all addresses with a key, handed to Dovecot by
  # LMTP. Of the machine's own Postfix it uses the programs only.
  #
  #   postfix = Servers::Postfix.new(lmtp: dovecot.ports[:lmtp], mailboxes: ["incoming@gitlab.example.com"]).start
  #   postfix.send_mail(mail, to: "incoming+key@gitlab.example.com")
  class Postfix < Server
    # Not on every user's PATH.
    PROGRAM = "/usr/sbin/postfix"
    # Started as for a debugger it stays in the group of processes that it is started in, and is ended with it.
    MASTER = ["/usr/lib/postfix/sbin/master", "-d"].freeze

    # Seconds.
    START_LIMIT = 15

    SENDER = "customer@elsewhere.example"

    # Why it cannot be had here, or nil. Its master process is root's, and nobody else's.
    def self.impossible
      Privilege.lacking("run Postfix", ["postfix"], "true")
    end

    attr_reader :port

    # @param lmtp [Integer] the port that takes mail for the mailboxes
    # @param mailboxes [Array<String>] addresses; a +detail before the @ is ignored
    # @param catch_all [Hash{String => String}] the mailbox that takes all mail of a domain without mailboxes
    def initialize(lmtp:, mailboxes:, catch_all: {})
      super()
      # Its parts run as a user of their own and have to enter.
      @folder = Folder.new("postfix", mode: 0o755)
      @port = Ports.free
      config = PostfixConfig.new(folder: @folder, port: @port, lmtp: lmtp, mailboxes: mailboxes, catch_all: catch_all)
      config.files.each { |name, text| @folder.write(name, text, mode: 0o644) }
      make_folders
    end

    # @return [self]
    def start
      make_queues
      @process = Process.new(*MASTER, "-c", @folder.join("etc"), output: log_path).start
      @process.wait_for_port(@port)
      self
    end

    # As another mail server brings it.
    # @param mail [String] with CRLF line ends
    def send_mail(mail, *to, from: SENDER)
      Net::SMTP.start("127.0.0.1", @port, helo: "mail.elsewhere.example") { |smtp| smtp.send_message(mail, from, *to) }
    end

    # @return [String] what its parts had to say
    def log
      File.exist?(log_path) ? File.read(log_path, encoding: "UTF-8").scrub : ""
    end

    private

    def log_path
      @folder.join("stdout.log")
    end

    # Its own check makes what is missing.
    def make_queues
      check = Process.new(PROGRAM, "-c", @folder.join("etc"), "check", output: log_path).start
      status = check.wait(START_LIMIT)
      check.kill
      raise "postfix check failed (#{status})\n#{check.tail}" unless status&.success?
    end

    def make_folders
      @folder.mkdir("queue", mode: 0o755)
      @folder.mkdir("data").then { |folder| FileUtils.chown("postfix", nil, folder) if ::Process.euid.zero? }
    end
  end
end
