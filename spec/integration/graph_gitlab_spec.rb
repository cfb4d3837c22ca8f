# frozen_string_literal: true

require "json"
require "support/graph_helpers"
require "support/rspec"

# What GitLab's config/mail_room.yml renders for Microsoft Graph, with the servers of this example in place of those
# that the file names.
RSpec.describe "GitLab's own configuration for Microsoft Graph", :graph, :integration do
  let(:folder) { Servers::Folder.new("gitlab").tap { |made| disposables << made } }
  let(:secret) { folder.write("secret", "#{['s' * 32].pack('m0')}\n") }
  let(:desk) { graph.user("service-desk@example.com") }

  def rendered
    YAML.unsafe_load_file(File.join(MailRoomProcess::ROOT, "spec/fixtures/configurations/ms_graph.yml"))
  end

  # @param mailbox [Hash] as GitLab renders it
  def here(mailbox, email)
    delivery = mailbox[:delivery_options]
    path = URI(delivery[:delivery_url]).path
    credentials = graph.inbox_options(poll_interval: 1)
    mailbox.merge(email: email, logger: { log_path: folder.join("mail_room.log") },
                  inbox_options: mailbox[:inbox_options].merge(credentials),
                  delivery_options: delivery.merge(delivery_url: web.url(path), jwt_secret_path: secret),
                  arbitration_options: { redis_url: redis.url, namespace: mailbox[:arbitration_options][:namespace] })
  end

  def claims(token)
    JSON.parse(token.split(".")[1].tr("-_", "+/").unpack1("m"))
  end

  it "delivers the mails of both mailboxes to where GitLab takes them" do
    mails = [Mails.fixture("reply"), Mails.fixture("new_issue")]
    account.deliver(mails[0])
    desk.deliver(mails[1])
    mailboxes = rendered[:mailboxes].zip([account, desk]).map { |mailbox, box| here(mailbox, box.email) }
    process = mail_room(*mailboxes)
    requests = wait_for_requests(2).sort_by(&:path)
    [account, desk].each { |box| wait_for_read(box) }

    expect(requests.map(&:path)).to eq(%w[incoming_email service_desk_email].map do |name|
      "/api/v4/internal/mail_room/#{name}"
    end)
    expect(requests.map(&:body)).to eq(mails)
    tokens = requests.map { |request| claims(request.headers.fetch("gitlab-mailroom-api-request")) }
    expect(tokens).to all(include("iss" => "gitlab-mailroom"))
    expect(requests.map { |request| request.headers["content-type"] }).to all(start_with("text/plain"))
    process.term
    expect(process.exit_status).to eq(0)
    expect(redis.client.keys("mail_room:gitlab:*")).not_to be_empty
  end
end
