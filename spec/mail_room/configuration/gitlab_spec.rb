# frozen_string_literal: true

require "tmpdir"

# What GitLab's config/mail_room.yml renders, and what GitLab's spec/config/mail_room_spec.rb expects of it.
RSpec.describe MailRoom::Configuration do # rubocop:disable RSpec/FilePath -- one of several files about it
  def path(name)
    File.expand_path("../../fixtures/configurations/#{name}.yml", __dir__)
  end

  # @return [Array<Hash>] mailboxes as they are written in the file
  def written(name)
    described_class::Document.new(path(name)).to_h[:mailboxes]
  end

  # In GitLab's own fixtures both mailboxes are the same.
  def load(name)
    configuration = nil
    expect { configuration = described_class.new(config_path: path(name)) }
      .to output(/\Amail_room: .*mailboxes\[0\] and mailboxes\[1\] are the same mailbox .*\n\z/).to_stderr
    configuration.mailboxes
  end

  let(:redis) do
    { redis_url: "redis://redis-test-user:mynewpassword@test-host:6379/99",
      sentinels: [{ host: "test-replica1", port: 26_379 }, { host: "test-replica2", port: 26_379 }] }
  end

  it "has no mailboxes when incoming mail is switched off" do
    mailboxes = nil

    expect { mailboxes = described_class.new(config_path: path("disabled")).mailboxes }
      .to output(/mailboxes is empty/).to_stderr
    expect([mailboxes, written("disabled")]).to eq([[], nil])
  end

  it "has two mailboxes with sentinels" do
    mailboxes = load("enabled").map(&:to_h)

    expect(mailboxes.size).to eq(2)
    expect(mailboxes).to all(
      include(host: "imap.gmail.com", port: 993, ssl: true, start_tls: false, email: "gitlab-incoming@gmail.com",
              password: "gitlab-imap-password", name: "inbox", idle_timeout: 60, delete_after_delivery: true,
              expunge_deleted: true, search_command: "UNSEEN", limit_max_unread: 0, arbitration_method: "redis",
              arbitration_options: { namespace: "mail_room:gitlab", **redis })
    )
  end

  it "has the delivery options of each mailbox" do
    expect(load("enabled").map(&:delivery_options)).to eq(
      %w[EmailReceiverWorker ServiceDeskEmailReceiverWorker].map do |worker|
        { redis_db: 99, queue: "default", worker: worker, **redis }
      end
    )
  end

  it "has the sentinels' password in the options of delivery and arbitration" do
    expect(load("sentinel_password").flat_map { |mailbox| [mailbox.delivery_options, mailbox.arbitration_options] })
      .to all(include(sentinel_password: "my-sentinel-password", **redis))
  end

  it "tells no password of it" do
    expect(load("sentinel_password").map(&:inspect).join).not_to match(/mynewpassword|my-sentinel-password/)
  end

  # The webhook's secret lies where GitLab starts mail_room.
  def load_graph
    Dir.mktmpdir do |folder|
      %w[incoming_email service_desk_email].each do |name|
        File.write(File.join(folder, ".gitlab_#{name}_secret"), ["0" * 32].pack("m0"))
      end
      Dir.chdir(folder) { load("ms_graph") }
    end
  end

  it "has Microsoft Graph's options, numbers in quotes as text" do
    mailboxes = load_graph

    expect(mailboxes.size).to eq(2)
    expect(mailboxes).to all(be_microsoft_graph)
    expect(mailboxes.map(&:to_h)).to all(
      include(host: nil, email: "gitlab-incoming@gmail.com", name: "inbox", idle_timeout: 60,
              delete_after_delivery: false, inbox_method: "microsoft_graph",
              inbox_options: { tenant_id: "12345", client_id: "MY-CLIENT-ID", client_secret: "MY-CLIENT-SECRET",
                               poll_interval: 60 })
    )
  end

  it "tells no secret of Microsoft Graph" do
    expect(load_graph.map(&:inspect).join).to include("12345", "MY-CLIENT-ID").and(not_include("MY-CLIENT-SECRET"))
  end

  # The Redis settings of that file, for a mailbox of this version.
  it "takes mappings that were written by to_json, with their String keys" do
    graph = written("ms_graph").first
    mailbox = build_mailbox(arbitration_method: "redis", arbitration_options: graph[:arbitration_options])

    expect(MailRoom::Mailbox::Settings.new(mailbox).to_h["arbitration_options"]).to include(
      "redis_ssl_params" => { "ca_file" => "/dev/null", "verify_mode" => "none" },
      "sentinels" => [{ "host" => "test-replica1", "port" => 26_379, "ssl" => true,
                        "ssl_params" => { "verify_mode" => "none" } }]
    )
  end
end
