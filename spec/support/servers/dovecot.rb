# frozen_string_literal: true

require_relative "dovecot_config"
require_relative "inbox"
require_relative "maildir"
require_relative "server"

module Servers
  # A private Dovecot 2.3: users at will, Maildir, ports of its own for IMAP (with STARTTLS) and for IMAP over TLS.
  #
  #   dovecot = Servers::Dovecot.new.start
  #   dovecot.add_user("anna", "secret")
  #   dovecot.inbox("anna").append(mail)
  #   dovecot.stop
  class Dovecot < Server
    # Not on every user's PATH.
    PROGRAM = %w[/usr/sbin/dovecot /usr/local/sbin/dovecot].find { |path| File.executable?(path) } || "dovecot"

    attr_reader :ports

    # @param certificate [Certificates::Pair, nil] without one there is no TLS at all
    # @param lmtp [Boolean] whether it takes mail by LMTP, on a port of its own
    # @param options [Hash] see {DovecotConfig}: what it announces, and how it lets clients in
    def initialize(certificate: nil, lmtp: false, **options)
      super()
      # Dovecot's parts run as users of their own and have to enter.
      @folder = Folder.new("dovecot", mode: 0o755)
      @ports = { imap: Ports.free, imaps: Ports.free }
      @ports[:lmtp] = Ports.free if lmtp
      @certificate = certificate
      @passwords = {}
      @maildirs = {}
      config = DovecotConfig.new(folder: @folder, ports: @ports, certificate: certificate, **options)
      @config = @folder.write("dovecot.conf", config.to_s)
      make_folders
    end

    # @return [self]
    def start
      @process = Process.new(PROGRAM, "-F", "-c", @config, output: @folder.join("stdout.log"))
      @process.start
      @process.wait_for_port(@ports[:imap])
      @process.wait_for_port(@ports[:imaps]) if @certificate
      @process.wait_for_port(@ports[:lmtp]) if @ports[:lmtp]
      self
    end

    # @param stored [String] how the server keeps the password
    # @return [self]
    def add_user(name, password, stored: "{PLAIN}#{password}")
      @passwords[name] = password
      user = DovecotConfig.root? ? Etc.getpwnam("dovecot") : Etc.getpwuid
      @folder.write("users/#{name}", "#{name}:#{stored}\n").then { |file| own(file, user) }
      self
    end

    # @return [Inbox] that user's mailbox, as a mail program sees it
    def inbox(name, mailbox: "INBOX")
      Inbox.new(port: @ports[:imap], user: name, password: @passwords.fetch(name), mailbox: mailbox)
    end

    # Puts many messages into a mailbox fast, straight on disk. Works while Dovecot is down, too.
    # @param mails [Enumerable<String>] raw messages
    def fill(name, mails)
      @maildirs[name] ||= Maildir.new(maildir(name), owner: mail_owner)
      @maildirs[name].fill(mails)
    end

    # @return [String] the folder that this user's messages lie in
    def maildir(name)
      @folder.join("mail", name)
    end

    # From now on, what clients of this user send after their login is kept, see {#commands}.
    def record(name)
      own(@folder.mkdir("rawlog", name), DovecotConfig.mail_user)
    end

    # @return [Array<String>] the lines a recorded user's clients sent, oldest first, without the tags
    def commands(name)
      files = Dir[@folder.join("rawlog", name, "*.in")]
      lines = files.flat_map { |file| File.readlines(file, mode: "rb", chomp: true) }
      # Every line begins with the time.
      lines.sort_by(&:to_f).map { |line| line.split(" ", 2).last.sub(/\A\S+ (?=\S)/, "") }
    end

    # @return [Array<Integer>] the processes that serve sessions after the login, one each
    def sessions
      @process.members.select { |pid| File.read("/proc/#{pid}/comm").chomp == "imap" }
    rescue SystemCallError
      retry # one has gone meanwhile
    end

    # @return [String]
    def log
      File.exist?(@folder.join("dovecot.log")) ? File.read(@folder.join("dovecot.log")) : ""
    end

    private

    def make_folders
      @folder.mkdir("users", mode: 0o755)
      @folder.mkdir("rawlog", mode: 0o755)
      own(@folder.mkdir("mail"), DovecotConfig.mail_user)
    end

    def mail_owner
      DovecotConfig.root? ? [DovecotConfig.mail_user.uid, DovecotConfig.mail_user.gid] : nil
    end

    def own(path, user)
      File.chown(user.uid, user.gid, path) if DovecotConfig.root?
    end
  end
end
