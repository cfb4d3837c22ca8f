# frozen_string_literal: true

RSpec.describe MailRoom::Delivery::Que do
  it "keeps the positions and defaults of gitlab-mail_room's options" do
    options = described_class::Options.new(build_mailbox)

    expect(options.to_h.except(:logger)).to eq(host: "localhost", port: 5432, database: nil, username: nil,
                                               password: nil, queue: "", priority: 100, job_class: nil)
    expect(options.members.last).to eq(:logger)
  end

  it "reads the options of a mailbox" do
    given = { host: "db", port: 1, database: "d", username: "u", password: "hunter2", queue: "q", priority: 1,
              job_class: "Job" }
    options = described_class::Options.new(build_mailbox(delivery_options: given.transform_keys(&:to_s)))

    expect(options.to_h.except(:logger)).to eq(given)
    expect(options.inspect).not_to include("hunter2")
  end
end
