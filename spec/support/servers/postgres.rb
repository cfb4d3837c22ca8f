# frozen_string_literal: true

require "fileutils"
require "pg"
require "securerandom"
require "tmpdir"
require_relative "privilege"
require_relative "que_jobs"
require_relative "server"

module Servers
  # A private PostgreSQL on a unix socket and a port of its own. Everybody needs a password (SCRAM).
  #
  #   postgres = Servers::Postgres.new.start
  #   postgres.create_que_jobs(:classic)
  #   postgres.options           # => { host: "127.0.0.1", port: 23456, database: "mails", username: "mailer", ... }
  #   postgres.jobs              # => [{ "job_class" => "EmailReceiverJob", "args" => "[...]", ... }]
  class Postgres < Server
    DATABASE = "mails"
    USER = "mailer"
    ADMINISTRATOR = "administrator"

    # PostgreSQL refuses to run as root. Debian's package comes with this user.
    UNPRIVILEGED = "postgres"

    # Who owns it, and where it is.
    SMALL_DISK = 'mount -t tmpfs -o size=3m,mode=700,uid="$(id -u "$1")" tmpfs "$2"'

    # Why no small disk can be had here, or nil.
    def self.small_disk_impossible
      Privilege.lacking("make a small disk", %w[unshare mount],
                        "unshare", "--mount", "sh", "-c", SMALL_DISK, "sh", UNPRIVILEGED, Dir.tmpdir)
    end

    attr_reader :port, :password

    # @param certificate [Certificates::Pair, nil] offers TLS when given
    # @param access [String] who is let in over TCP: host, hostssl or hostnossl
    # @param client_ca [String, nil] asks for certificates of this authority, besides the password
    # @param small_disk [Boolean] has a tablespace `small` that holds few megabytes; only root can make one
    def initialize(certificate: nil, access: "host", client_ca: nil, small_disk: false)
      super()
      @folder = Folder.new("postgres", mode: 0o755)
      @data = @folder.mkdir("data")
      @port = Ports.free
      @password = "secret-#{SecureRandom.hex(8)}"
      @secret_of_administrator = SecureRandom.hex(8)
      @certificate = certificate
      @access = access
      @client_ca = client_ca
      @small_disk = @folder.mkdir("small") if small_disk
    end

    # @return [self]
    def start
      initialize_data unless File.exist?(File.join(@data, "PG_VERSION"))
      @process = Process.new(*small_disk, *unprivileged, program("postgres"), "-D", @data, output: log_path)
      @process.start
      @process.wait_until(30, "PostgreSQL on port #{@port}") { answering? }
      create_database
      self
    end

    # A fast shutdown: sessions are ended, and told so. Ours with them and not before, or its locks would be free while
    # others are still there to take them.
    def stop
      @process&.stop(term: "INT")
      disconnect
      @process = nil
    end

    # At once, but by its own hand: killed, it would leave shared memory behind.
    def remove
      disconnect
      @process&.stop(term: "QUIT")
      super
    end

    # @return [Hash] delivery_options
    def options(**changes)
      { host: "127.0.0.1", port: @port, database: DATABASE, username: USER, password: @password,
        job_class: "EmailReceiverJob" }.merge(changes)
    end

    # @return [String] the folder of the unix socket, as libpq takes it for a host
    def socket_folder
      @folder.path
    end

    # @param kind [Symbol] one of QueJobs::TABLES
    def create_que_jobs(kind)
      query("SET ROLE #{USER}; #{QueJobs::TABLES.fetch(kind)}; RESET ROLE")
    end

    # @return [Array<Hash>] the rows, all values as text, in the order they were inserted
    def jobs
      query("SELECT * FROM que_jobs ORDER BY ctid")
    end

    def job_count
      query("SELECT count(*) FROM que_jobs").first["count"].to_i
    end

    # @return [Array<Integer>] the processes that serve sessions of mail_room
    def sessions
      query("SELECT pid FROM pg_stat_activity WHERE application_name = 'mail_room'").map { |row| row["pid"].to_i }
    end

    # @return [Array<Hash>] the rows of the answer
    def query(sql)
      client.exec(sql).to_a
    end

    # Forgets the table, and ends what is left of sessions, ours included.
    def clear
      disconnect
      query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'mail_room'")
      query("DROP TABLE IF EXISTS que_jobs CASCADE")
    end

    def log_path
      @folder.join("postgres.log")
    end

    # @return [String] what it logged: each connection, and each error
    def log
      File.read(log_path, encoding: "UTF-8")
    end

    private

    def initialize_data
      secret = @folder.write("administrator", @secret_of_administrator)
      give(@folder.path, @data, secret)
      Process.new(*unprivileged, program("initdb"), "--pgdata", @data, "--username", ADMINISTRATOR, "--pwfile", secret,
                  "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync",
                  output: @folder.join("initdb.log"), chdir: @folder.path)
             .start.tap { |initdb| finish(initdb) }
      give(write("postgresql.conf", config), write("pg_hba.conf", rules))
    end

    def finish(initdb)
      status = initdb.wait(60)
      initdb.kill
      raise "initdb failed (#{status})\n#{initdb.tail}" unless status&.success?
    end

    def write(name, content)
      @folder.write(File.join("data", name), content)
    end

    # Loses nothing when its process dies, only when the machine does.
    def config
      { listen_addresses: "127.0.0.1", port: @port, unix_socket_directories: @folder.path, fsync: "off",
        max_connections: 20, shared_buffers: "16MB", log_connections: "on", lc_messages: "C", **tls }
        .map { |name, value| "#{name} = '#{value}'\n" }.join
    end

    # It reads its key as itself, and takes none that others may read.
    def tls
      return {} unless @certificate

      files = { "server.pem" => @certificate.certificate, "server.key" => @certificate.key }
              .map { |name, path| write(name, File.binread(path)) }
      ca = write("ca.pem", File.binread(@client_ca)) if @client_ca
      give(*files, *ca)
      { ssl: "on", ssl_cert_file: files.first, ssl_key_file: files.last, ssl_ca_file: ca }.compact
    end

    def rules
      clientcert = "clientcert=verify-ca" if @client_ca
      "local all all scram-sha-256\n#{@access} all all 127.0.0.1/32 scram-sha-256 #{clientcert}\n"
    end

    def create_database
      return unless query("SELECT FROM pg_roles WHERE rolname = '#{USER}'").empty?

      query("CREATE ROLE #{USER} LOGIN PASSWORD '#{@password}'")
      query("CREATE DATABASE #{DATABASE} OWNER #{USER}")
      query("CREATE TABLESPACE small OWNER #{USER} LOCATION '#{@small_disk}'") if @small_disk
      disconnect
    end

    # The administrator's, in the database of the jobs as soon as there is one.
    def client
      @client ||= connect(DATABASE)
    rescue PG::ConnectionBad => error
      raise unless error.message.include?("does not exist")

      @client = connect("postgres")
    end

    def connect(database)
      PG.connect(host: @folder.path, port: @port, dbname: database, user: ADMINISTRATOR,
                 password: @secret_of_administrator, options: "-c client_min_messages=warning")
    end

    def answering?
      query("SELECT 1")
    rescue PG::Error
      disconnect
      false
    end

    def disconnect
      @client&.close
      @client = nil
    end

    def unprivileged
      return [] unless ::Process.uid.zero?

      ["setpriv", "--reuid", UNPRIVILEGED, "--regid", UNPRIVILEGED, "--clear-groups"]
    end

    # In a mount namespace of its own, so that nobody else sees the disk, and it goes with the server.
    def small_disk
      return [] unless @small_disk

      ["unshare", "--mount", "sh", "-c", "#{SMALL_DISK} && shift 2 && exec \"$@\"", "sh", UNPRIVILEGED, @small_disk]
    end

    def give(*files)
      return unless ::Process.uid.zero?

      FileUtils.chown(UNPRIVILEGED, UNPRIVILEGED, files)
    end

    # Debian keeps them apart, one folder for each version.
    def program(name)
      Dir["/usr/lib/postgresql/*/bin/#{name}"].max_by { |path| path[%r{postgresql/(\d+)}, 1].to_i } || name
    end
  end
end
