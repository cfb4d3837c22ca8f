# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Delivery to Que: the ways to reach PostgreSQL", :integration do
  # Has the good certificate.
  let(:postgres) { SharedServers.postgres }

  before do
    postgres.create_que_jobs(:classic)
    inbox.append(Mails.fixture("reply"))
  end

  def deliver_by(env: {}, **options)
    delivery = postgres.options(host: "localhost", **options)
    mail_room(settings(delivery_method: "que").merge(delivery_options: delivery), options: { env: env })
  end

  def expect_delivery(encrypted:)
    processes.last.wait_until(what: "a job") { postgres.job_count == 1 }
    ssl = postgres.query("SELECT ssl FROM pg_stat_ssl WHERE pid = #{postgres.sessions.first}").first["ssl"]
    expect(ssl).to eq(encrypted ? "t" : "f")
  end

  # @return [String] the error that was logged
  def expect_refusal
    line = processes.last.wait_for_log { |log| log["action"] == "Delivery paused" }
    expect([inbox.unseen, postgres.job_count]).to eq([1, 0])
    expect(processes.last.everything).not_to include(postgres.password)
    line["error"]
  end

  it "takes the folder of a unix socket for a host" do
    deliver_by(host: postgres.socket_folder, sslmode: "verify-full")
    expect_delivery(encrypted: false)
  end

  it "takes from the environment what is not configured, as libpq does" do
    options = postgres.options
    deliver_by(username: nil, database: nil, password: nil,
               env: { "PGUSER" => options[:username], "PGDATABASE" => options[:database],
                      "PGPASSWORD" => options[:password], "PGSSLMODE" => "disable" })
    expect_delivery(encrypted: false)
  end

  it "encrypts when the server can, unless told otherwise" do
    deliver_by
    expect_delivery(encrypted: true)
  end

  it "does not encrypt with sslmode disable" do
    deliver_by(sslmode: "disable")
    expect_delivery(encrypted: false)
  end

  it "checks authority and name with sslmode verify-full" do
    deliver_by(sslmode: "verify-full", sslrootcert: certificates.ca_file)
    expect_delivery(encrypted: true)
  end

  it "takes the system's authorities, here by SSL_CERT_FILE" do
    deliver_by(sslmode: "verify-full", env: { "SSL_CERT_FILE" => certificates.ca_file })
    expect_delivery(encrypted: true)
  end

  %w[verify-full verify-ca].each do |mode|
    it "does not trust an authority it was not told of, with sslmode #{mode}" do
      deliver_by(sslmode: mode)
      expect(expect_refusal).to include("UnknownIssuer (sslrootcert names the CA to trust)")
    end
  end

  it "takes any certificate with sslmode require" do
    deliver_by(sslmode: "require")
    expect_delivery(encrypted: true)
  end

  it "does not trust another authority with sslmode require and sslrootcert" do
    deliver_by(sslmode: "require", sslrootcert: certificates.self_signed.certificate)
    expect_refusal
  end

  describe "a server that asks for a certificate" do
    let(:ours) { certificates.good }
    let(:postgres) do
      own(Servers::Postgres.new(certificate: ours, access: "hostssl", client_ca: certificates.ca_file))
    end

    it "is shown the one of sslcert and sslkey" do
      deliver_by(sslmode: "verify-full", sslrootcert: certificates.ca_file,
                 sslcert: ours.certificate, sslkey: ours.key)
      expect_delivery(encrypted: true)
    end

    it "lets nobody in without one" do
      deliver_by(sslmode: "verify-full", sslrootcert: certificates.ca_file)
      expect(expect_refusal).to match(/certificate/i)
    end
  end

  describe "a server with the certificate of another host" do
    let(:postgres) { own(Servers::Postgres.new(certificate: certificates.wrong_host)) }

    it "is refused with sslmode verify-full" do
      deliver_by(sslmode: "verify-full", sslrootcert: certificates.ca_file)
      expect(expect_refusal).to include("localhost")
    end

    it "is taken with sslmode verify-ca" do
      deliver_by(sslmode: "verify-ca", sslrootcert: certificates.ca_file)
      expect_delivery(encrypted: true)
    end
  end

  describe "a server without TLS" do
    let(:postgres) { own(Servers::Postgres.new) }

    it "is taken, unless sslmode says otherwise" do
      deliver_by
      expect_delivery(encrypted: false)
    end

    it "never gets the password with sslmode require" do
      deliver_by(sslmode: "require")
      expect(expect_refusal).to include("server does not support TLS")
    end
  end

  describe "a server that lets nobody in over TLS" do
    let(:postgres) { own(Servers::Postgres.new(certificate: certificates.good, access: "hostnossl")) }

    it "is reached without it, unless sslmode says otherwise" do
      deliver_by
      expect_delivery(encrypted: false)
    end
  end
end
